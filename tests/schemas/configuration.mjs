// Whether docs/appsettings.example.json and the samples' settings are valid by the schemas that the packages bring to editors.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';

const read = file => JSON.parse(readFileSync(`../../${file}`, 'utf8'));
const schemas = ['src/DurableSink/ConfigurationSchema.json', 'src/SegmentShipper/ConfigurationSchema.json'].map(file => new Ajv({ allErrors: true, allowUnionTypes: true }).compile(read(file)));

/** What is wrong with the settings; empty where nothing is. */
const errors = settings => schemas.flatMap(valid => valid(settings) ? [] : valid.errors.map(e => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`));

const example = read('docs/appsettings.example.json');
for (const file of ['docs/appsettings.example.json', 'samples/AuditApi/appsettings.json', 'samples/Worker/appsettings.json', 'samples/Sidecar/appsettings.json']) {
  const found = errors(read(file));
  if (found.length) { console.error(`${file}:\n${found.join('\n')}`); process.exit(1); }
}

const wrong = {
  'an unknown key': s => { s.Logging.DurableFile.SegmentByts = '64MiB'; },
  'a duration without a unit': s => { s.Logging.DurableFile.BatchWindow = '5'; },
  'a duration that is a number': s => { s.DurableAudit.orders.LockTimeout = 10; },
  'a size with a unit that is none': s => { s.Logging.DurableFile.SegmentBytes = '64 megabytes'; },
  'a name that is none': s => { s.DurableAudit.orders.Fsync = 'Sometimes'; },
  'a mode that is not octal': s => { s.Logging.DurableFile.FileMode = '0888'; },
  'a text for a list': s => { s.DurableAudit.orders.Categories = 'Shop'; },
  'too many': s => { s.SegmentShipper.Parallel = 65; },
  'an unknown key of a bucket': s => { s.SegmentShipper.S3.Buket = 'x'; },
  'an unknown key of a named shipper': s => { s.SegmentShipper.share.TargetDir = '/x'; },
};
for (const [what, change] of Object.entries(wrong)) {
  const settings = structuredClone(example);
  change(settings);
  if (errors(settings).length === 0) { console.error(`The schema does not see ${what}.`); process.exit(1); }
}
console.log(`The example and the samples' settings are valid, and ${Object.keys(wrong).length} mistakes are seen.`);

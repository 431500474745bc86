// Whether the dashboard is one, by Grafana's own types: its SDK's declarations are generated from the schema that Grafana has. The compiler
// checks the JSON text as a literal, so that enums are checked by value and a name that Grafana does not know is an error.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const types = `
import type { Dashboard, Panel, RowPanel, FieldConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Options as StatOptions } from '@grafana/grafana-foundation-sdk/stat';
import type { Options as TimeseriesOptions, FieldConfig as TimeseriesField } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Options as HeatmapOptions, FieldConfig as HeatmapField } from '@grafana/grafana-foundation-sdk/heatmap';

// An enum's values as JSON has them, all the way down.
type Value<N> = \`\${N & number}\` extends \`\${infer V extends number}\` ? V : never;
type Json<T> = T extends string ? \`\${T}\` : T extends number ? (number extends T ? number : Value<T>) : T extends boolean | null | undefined ? T
  : T extends (infer E)[] ? Json<E>[] : T extends object ? { [K in keyof T as K extends '_implementsDataqueryVariant' ? never : K]: Json<T[K]> } : T;
type Of<Type extends string, Options, Custom> = Omit<Json<Panel>, 'type' | 'options' | 'targets' | 'fieldConfig'> & {
  type: Type; options: Json<Options>; targets: Json<Omit<Dataquery, '_implementsDataqueryVariant'>>[];
  fieldConfig: { defaults: Omit<Json<FieldConfig>, 'custom'> & { custom?: Json<Custom> }; overrides: [] };
};
type Known = Omit<Json<Dashboard>, 'panels'> & {
  panels: (Json<RowPanel> | Of<'stat', StatOptions, never> | Of<'timeseries', TimeseriesOptions, TimeseriesField> | Of<'heatmap', HeatmapOptions, HeatmapField>)[];
};
export const dashboard: Known = `;

function errors(json) {
  writeFileSync('node_modules/.dashboard.ts', types + json + ';\n');
  const { status, stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig',
    '--module', 'nodenext', '--moduleResolution', 'nodenext', '--target', 'es2022', 'node_modules/.dashboard.ts'], { encoding: 'utf8' });
  return status === 0 ? '' : stdout || `tsc ended with ${status}`;
}

const json = readFileSync('../../docs/observability/grafana-dashboard.json', 'utf8');
const found = errors(json);
if (found) { console.error(found.split('\n').slice(0, 20).join('\n')); process.exit(1); }
for (const [right, wrong] of [['"type": "timeseries"', '"type": "timeserie"'], ['"mode": "palette-classic"', '"mode": "palette-clasic"'], ['"drawStyle"', '"drawStile"'], ['"expr"', '"exp"']]) {
  if (!json.includes(right) || !errors(json.replace(right, wrong))) { console.error(`The check does not see ${wrong}.`); process.exit(1); }
}
console.log('The dashboard is one, by the types of Grafana\'s SDK.');

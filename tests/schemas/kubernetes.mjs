// Whether the manifests are valid by Kubernetes' own schemas (which kubernetes-models carries), and whether the native sidecar is one.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { Deployment } from 'kubernetes-models/apps/v1';
import { ConfigMap, PersistentVolumeClaim, Service } from 'kubernetes-models/v1';

const kinds = { Deployment, Service, ConfigMap, PersistentVolumeClaim };
const text = readFileSync('../../samples/Sidecar/kubernetes.yaml', 'utf8');

/** What is wrong with a manifest; empty where nothing is. */
function errors(manifest) {
  const found = [];
  for (const document of parseAllDocuments(manifest)) {
    if (document.errors.length) { found.push(...document.errors.map(String)); continue; }
    const value = document.toJS();
    if (!kinds[value.kind]) { found.push(`No schema here for ${value.kind}.`); continue; }
    try { new kinds[value.kind](value).validate(); } catch (e) { found.push(`${value.kind}: ${e.message}`); }
    if (value.kind === 'Deployment') found.push(...sidecarErrors(value.spec.template.spec));
  }
  return found;
}

/** What no schema says: the sidecar outlives the app, has the same log, and there is time and shared memory enough. */
function sidecarErrors(pod) {
  const found = [];
  const sidecar = pod.initContainers?.find(c => c.restartPolicy === 'Always');
  if (!sidecar) return ['There is no native sidecar: an init container with restartPolicy Always.'];
  const [app] = pod.containers;
  const mounts = c => Object.fromEntries((c.volumeMounts ?? []).map(m => [m.mountPath, m.name]));
  if (mounts(app)['/log'] !== mounts(sidecar)['/log']) found.push('The two do not have the same log.');
  const shm = pod.volumes.find(v => v.name === mounts(app)['/dev/shm']);
  if (shm?.emptyDir?.medium !== 'Memory' || !shm.emptyDir.sizeLimit) found.push('/dev/shm is no memory of a stated size.');
  if (!(pod.terminationGracePeriodSeconds > 30)) found.push('terminationGracePeriodSeconds is the default, or less.');
  return found;
}

const found = errors(text);
if (found.length) { console.error(found.join('\n')); process.exit(1); }
for (const [right, wrong] of [['terminationGracePeriodSeconds: 60', 'terminationGracePeriodSeconds: soon'], ['restartPolicy: Always', 'restartPolicy: Never'], ['containerPort:', 'containerPorts:'], ['mountPath: /log', 'mountPath: [/log]'], ['medium: Memory', 'medium: ""']]) {
  if (!text.includes(right) || errors(text.replace(right, wrong)).length === 0) { console.error(`The check does not see '${wrong}'.`); process.exit(1); }
}
console.log('The manifests are valid, by Kubernetes\' schemas.');

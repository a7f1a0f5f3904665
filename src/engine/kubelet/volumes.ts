import type { Container, DownwardAPIVolumeFile, KeyToPath, Pod, Volume } from '../api/generated/types.ts';
import { extended } from '../api/share.ts';
import type { Mount, WriteVolume } from '../cri/messages.ts';
import { type Body, send } from '../kernel/types.ts';
import { expand, podField, resourceField } from './env.ts';
import { after, type Kubelet } from './kubelet.ts';
import { dataOf, type Plural, storedObject } from './pod-objects.ts';
import { containerOf, containersOf } from './resources.ts';
import type { PodWorker } from './state.ts';

/** A changed ConfigMap reaches the files at the pod's next regular sync, once a minute. */
const SYNC_FREQUENCY_MS = 60_000;

/** A watched object has changed: the files of the pods that mount it follow at their next regular sync. */
export function objectChanged(k: Kubelet, name: string): void {
  for (const uid of k.state.pods.keysBy('object', name)) {
    const worker = k.state.pods.get(uid);
    if (worker?.stage !== 'sync' || worker.syncedAt === 0) continue;
    const left = SYNC_FREQUENCY_MS - ((k.env.now - worker.syncedAt) % SYNC_FREQUENCY_MS);
    after(k, `volume/${uid}`, left);
  }
}

/** Writes anew what has changed in the pod's volumes. */
export function refreshVolumes(k: Kubelet, worker: PodWorker): void {
  for (const volume of worker.pod.spec?.volumes ?? []) {
    const content = filesOf(k, worker, volume);
    if (content === undefined || typeof content === 'string') continue;
    const body: WriteVolume = { type: 'writeVolume', hostPath: hostPathOf(worker, volume), files: content };
    k.out.push(send(`containerd@${k.env.host}`, body as Body, { periodic: false, cause: k.cause }));
  }
}

/** Why the pod's volumes cannot be set up, as the FailedMount event says it. */
export function mountProblem(k: Kubelet, worker: PodWorker): string | undefined {
  const { spec, metadata } = worker.pod;
  for (const volume of spec?.volumes ?? []) {
    const { name, ephemeral, persistentVolumeClaim } = volume;
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`);
    // Claims are not served, so none is ever found.
    if (claim) {
      return `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]: error processing PVC ${metadata.namespace}/${claim}: failed to fetch PVC from API server: persistentvolumeclaims "${claim}" not found`;
    }
    const content = filesOf(k, worker, volume);
    if (typeof content === 'string') return `MountVolume.SetUp failed for volume "${name}" : ${content}`;
  }
  return undefined;
}

type Files = Readonly<Record<string, string>>;

/** Content of the service accounts' volumes, by namespace and name: many pods mount the same. */
const accessFiles = new Map<string, Files>();
const MAX_ACCESS_FILES = 1000;

/**
 * Files that the kubelet writes into a volume, undefined for one that it leaves empty; a text says what is missing.
 * Source: pkg/volume/{configmap,secret,downwardapi,projected}
 */
function filesOf(k: Kubelet, worker: PodWorker, volume: Volume): Files | string | undefined {
  const { configMap, secret, downwardAPI, projected, name } = volume;
  if (name.startsWith('kube-api-access-') && projected) return serviceAccountFiles(worker.pod);
  if (configMap) return keysOf(k, worker, 'configmaps', configMap.name, configMap.items, configMap.optional);
  if (secret) return keysOf(k, worker, 'secrets', secret.secretName, secret.items, secret.optional);
  if (downwardAPI) return downward(k, worker, downwardAPI.items ?? []);
  if (projected === undefined) return undefined;
  const files: Record<string, string> = {};
  for (const source of projected.sources ?? []) {
    let part: Files | string = {};
    if (source.configMap) {
      part = keysOf(k, worker, 'configmaps', source.configMap.name, source.configMap.items, source.configMap.optional);
    } else if (source.secret) {
      part = keysOf(k, worker, 'secrets', source.secret.name, source.secret.items, source.secret.optional);
    } else if (source.downwardAPI) part = downward(k, worker, source.downwardAPI.items ?? []);
    else if (source.serviceAccountToken) part = { [source.serviceAccountToken.path]: token(worker.pod) };
    if (typeof part === 'string') return part;
    Object.assign(files, part);
  }
  return files;
}

/** The volume that admission puts into each pod; the same for all pods of a service account. */
function serviceAccountFiles(pod: Pod): Files {
  const key = token(pod);
  let files = accessFiles.get(key);
  if (files === undefined) {
    const ca = '-----BEGIN CERTIFICATE-----\nkubernetes\n-----END CERTIFICATE-----\n';
    if (accessFiles.size >= MAX_ACCESS_FILES) accessFiles.clear();
    files = { token: key, 'ca.crt': ca, namespace: pod.metadata.namespace ?? 'default' };
    accessFiles.set(key, files);
  }
  return files;
}

/** Stands for the token that the API server would issue. */
const token = ({ metadata, spec }: Pod): string =>
  `system:serviceaccount:${metadata.namespace}:${spec?.serviceAccountName ?? 'default'}`;

function keysOf(
  k: Kubelet,
  worker: PodWorker,
  plural: Plural,
  name = '',
  items: readonly KeyToPath[] | undefined,
  optional = false,
): Files | string {
  const object = storedObject(k, plural, `${worker.pod.metadata.namespace}/${name}`);
  const word = plural === 'configmaps' ? 'configmap' : 'secret';
  if (object === undefined) return optional ? {} : `${word} "${name}" not found`;
  const data = dataOf(object);
  if (items === undefined) return data;
  const files: Record<string, string> = {};
  for (const { key, path } of items) {
    const value = data[key];
    if (value !== undefined) files[path] = value;
    else if (!optional) return `references non-existent ${plural === 'configmaps' ? 'config' : 'secret'} key: ${key}`;
  }
  return files;
}

function downward(k: Kubelet, worker: PodWorker, items: readonly DownwardAPIVolumeFile[]): Files {
  const files: Record<string, string> = {};
  for (const { path, fieldRef, resourceFieldRef } of items) {
    if (fieldRef) files[path] = podField(k, worker, fieldRef.fieldPath);
    if (resourceFieldRef) {
      const { containerName = '', resource, divisor } = resourceFieldRef;
      const container = containerOf(worker.pod, containerName) ?? containersOf(worker.pod)[0];
      if (container) files[path] = resourceField(k, container, resource, divisor);
    }
  }
  return files;
}

const PLUGINS: readonly (readonly [keyof Volume, string])[] = [
  ['emptyDir', 'empty-dir'],
  ['configMap', 'configmap'],
  ['secret', 'secret'],
  ['downwardAPI', 'downward-api'],
  ['projected', 'projected'],
];

function hostPathOf({ uid }: PodWorker, volume: Volume): string {
  if (volume.hostPath) return volume.hostPath.path;
  const plugin = PLUGINS.find(([field]) => volume[field] !== undefined)?.[1] ?? 'csi';
  return `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~${plugin}/${volume.name}`;
}

const NO_MOUNTS: readonly Mount[] = [];

/** Mounts of a container, with the content of the volumes that the kubelet fills. */
export function mountsOf(
  k: Kubelet,
  worker: PodWorker,
  container: Container,
  value: (name: string) => string | undefined,
): readonly Mount[] {
  const wanted = container.volumeMounts;
  if (wanted === undefined || wanted.length === 0) return NO_MOUNTS;
  const mounts: Mount[] = [];
  for (const { name, mountPath, readOnly = false, subPath, subPathExpr } of wanted) {
    const volume = worker.pod.spec?.volumes?.find((one) => one.name === name);
    if (volume === undefined) continue;
    const below = subPath ?? (subPathExpr && expand(subPathExpr, value));
    const path = hostPathOf(worker, volume);
    const files = filesOf(k, worker, volume);
    const mount = { containerPath: mountPath, hostPath: below ? `${path}/${below}` : path, readonly: readOnly };
    mounts.push(
      files === undefined || typeof files === 'string' ? mount : extended(mount, { files: part(files, below) }),
    );
  }
  return mounts;
}

/** What a subPath shows of a volume: a file, or the files below a directory. */
function part(files: Files, below: string | undefined): Files {
  if (!below) return files;
  const found: Record<string, string> = {};
  for (const [path, text] of Object.entries(files)) {
    if (path === below) found[''] = text;
    else if (path.startsWith(`${below}/`)) found[path.slice(below.length + 1)] = text;
  }
  return found;
}

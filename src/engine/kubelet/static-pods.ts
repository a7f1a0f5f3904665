import type { Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import type { Answer } from '../client/index.ts';
import { sha256Hex } from '../kernel/sha256.ts';
import { ask, EMPTY_STATUS, type Kubelet, pathOf, update } from './kubelet.ts';
import type { PodWorker } from './state.ts';
import { observeStored, publish } from './status-manager.ts';
import { addPod, syncSoon } from './worker.ts';

const HASH = 'kubernetes.io/config.hash';
const MIRROR = 'kubernetes.io/config.mirror';
const SEEN = 'kubernetes.io/config.seen';
const SOURCE = 'kubernetes.io/config.source';

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[MIRROR] !== undefined;

/** Starts the pods of the manifests directory; they need no API server. Source: pkg/kubelet/config/{file,common}.go */
export function addStaticPods(k: Kubelet): void {
  const { manifests } = k.state.config;
  for (const manifest of manifests) {
    const pod = staticPod(manifest, k.state.config.name, toRFC3339(k.env.wallNow));
    if (!k.state.pods.has(pod.metadata.uid as string)) addPod(k, pod, true);
  }
}

function staticPod(manifest: Pod, node: string, now: string): Pod {
  const { metadata, spec } = manifest;
  const namespace = metadata.namespace ?? 'default';
  const name = `${metadata.name}-${node}`;
  const images = (spec?.containers ?? []).map(
    ({ name: container, image, command }) => `${container} ${image} ${command}`,
  );
  const hash = sha256Hex([node, namespace, name, ...images].join('\n')).slice(0, 32);
  return {
    ...manifest,
    metadata: {
      ...metadata,
      name,
      namespace,
      uid: hash,
      annotations: { ...metadata.annotations, [HASH]: hash, [SEEN]: now, [SOURCE]: 'file' },
    },
    spec: {
      ...(spec ?? { containers: [] }),
      nodeName: node,
      tolerations: [...(spec?.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
  };
}

/**
 * Makes the pod's mirror in the API when it is missing; one that is being deleted or belongs to an older manifest is
 * replaced. Source: pkg/kubelet/pod/mirror_client.go
 */
export function ensureMirror(k: Kubelet, worker: PodWorker): void {
  const { state } = k;
  const node = state.kept.get('node');
  const { pod, key, uid } = worker;
  // A mirror belongs to its Node: while that is gone there is none.
  if (node === undefined || !k.state.client.informers.pods?.synced) return;
  const mirror = state.mirrors.get(key) as Pod | undefined;
  if (mirror !== undefined) {
    const isOld = mirror.metadata.annotations?.[MIRROR] !== pod.metadata.annotations?.[HASH];
    if (mirror.metadata.deletionTimestamp === undefined && !isOld) return;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid: mirror.metadata.uid },
    };
    ask(k, { method: 'DELETE', path: pathOf(mirror), body }, { to: 'mirror-delete', uid });
    return;
  }
  if (state.mirroring.has(uid)) return;
  state.mirroring.set(uid, true);
  const { uid: _own, ...metadata } = pod.metadata;
  const owner = {
    apiVersion: 'v1',
    kind: 'Node',
    name: node.metadata.name,
    uid: node.metadata.uid as string,
    controller: true,
  };
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [MIRROR]: pod.metadata.annotations?.[HASH] ?? '' },
      ownerReferences: [owner],
    },
    spec: pod.spec,
  };
  const path = `/api/v1/namespaces/${metadata.namespace}/pods`;
  ask(k, { method: 'POST', path, body }, { to: 'mirror', uid });
}

export function mirrorAnswered(k: Kubelet, uid: string, answer: Answer): void {
  k.state.mirroring.delete(uid);
  if (answer.status === 201) mirrorObserved(k, answer.body as Pod);
}

/** The mirror was stored or changed: the pod's status is published there. */
export function mirrorObserved(k: Kubelet, mirror: Pod): void {
  const { state } = k;
  const { namespace, name, resourceVersion } = mirror.metadata;
  const key = `${namespace}/${name}`;
  const known = state.mirrors.get(key);
  if (known && Number(known.metadata.resourceVersion) > Number(resourceVersion)) return;
  state.mirrors.set(key, mirror as KubernetesObject);
  const worker = staticWorker(k, key);
  if (worker === undefined) return;
  if (known !== undefined && known.metadata.uid === mirror.metadata.uid) {
    publish(k, observeStored(k, worker, mirror));
  } else {
    const base = { base: mirror.status ?? EMPTY_STATUS, baseVersion: Number(resourceVersion) };
    publish(k, update(k, worker, { ...base, publishing: false }));
  }
  if (mirror.metadata.deletionTimestamp !== undefined) ensureMirror(k, worker);
}

/** The mirror is gone; the pod itself runs on, and its next sync makes a new one. */
export function mirrorGone(k: Kubelet, mirror: Pod): void {
  const key = `${mirror.metadata.namespace}/${mirror.metadata.name}`;
  if (k.state.mirrors.get(key)?.metadata.uid !== mirror.metadata.uid) return;
  k.state.mirrors.delete(key);
  const worker = staticWorker(k, key);
  if (worker) syncSoon(k, update(k, worker, { base: null, publishing: false }).uid);
}

function staticWorker(k: Kubelet, key: string): PodWorker | undefined {
  return k.state.pods.by('key', key).find(({ isStatic }) => isStatic);
}

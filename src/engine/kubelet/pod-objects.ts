import type { ConfigMap, Secret } from '../api/generated/types.ts';
import { newInformer, type StopWatch, startInformers } from '../client/index.ts';
import { send } from '../kernel/types.ts';
import { decodeBase64 } from './base64.ts';
import type { Kubelet } from './kubelet.ts';
import { newObjects, type PodWorker } from './state.ts';

export type Plural = 'configmaps' | 'secrets';

/** A ConfigMap or Secret that this kubelet watches because one of its pods uses it. */
export function storedObject({ state }: Kubelet, plural: Plural, key: string): ConfigMap | Secret | undefined {
  const informer = state.client.informers[`${plural}/${key}`];
  return informer?.objects.get(key) as ConfigMap | Secret | undefined;
}

/** Content of a ConfigMap, or of a Secret in clear. */
export function dataOf(object: ConfigMap | Secret): Record<string, string> {
  if (object.kind === 'ConfigMap') return object.data ?? {};
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(object.data ?? {})) data[key] = decodeBase64(value);
  return data;
}

/**
 * Whether every ConfigMap and Secret of the pod has been looked up; begins to watch those that are new.
 * Source: pkg/kubelet/util/manager/watch_based_manager.go
 */
export function objectsAreKnown(k: Kubelet, { objects }: PodWorker): boolean {
  if (objects.length === 0) return true;
  const { client } = k.state;
  let known = true;
  let isNew = false;
  for (const name of objects) {
    const there = client.informers[name];
    if (there?.synced) continue;
    known = false;
    if (there) continue;
    const [plural, namespace, object] = name.split('/');
    client.informers[name] = newInformer({
      path: `/api/v1/namespaces/${namespace}/${plural}`,
      query: { fieldSelector: `metadata.name=${object}` },
      table: newObjects,
    });
    isNew = true;
  }
  if (isNew) k.out.push(...startInformers(client, k.env));
  return known;
}

/** Stops watching what no pod of this node uses any more. */
export function releaseObjects(k: Kubelet, { objects }: PodWorker): void {
  if (objects.length === 0) return;
  const { state, out } = k;
  for (const name of objects) {
    if (state.pods.keysBy('object', name).size > 0) continue;
    const informer = state.client.informers[name];
    if (informer === undefined) continue;
    delete state.client.informers[name];
    const stop: StopWatch = { type: 'stopWatch', watchId: informer.requestId };
    if (informer.phase === 'watching') out.push(send(state.client.server, stop));
  }
}

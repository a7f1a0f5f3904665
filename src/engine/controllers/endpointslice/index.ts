import type { EndpointSlice, Node, Pod, Service } from '../../api/generated/types.ts';
import { matchesAll } from '../../api/selectors.ts';
import { objectKey } from '../../client/informer.ts';
import { type Answer, isSuccess } from '../../client/messages.ts';
import type { Delta } from '../../client/state.ts';
import { type Controller, type ControllerContext, DONE, type Outcome } from '../controller.ts';
import { endpointsDiffer, groupOf, zoneOf } from './endpoint.ts';
import { adoptEndpoints, CONTROLLER, MANAGED_BY, reconcile, SERVICE_NAME } from './reconcile.ts';
import { createState, type EndpointSliceState, forgetService } from './state.ts';

/** Upstream's first back-off (defaultSyncBackOff). */
const RETRY_MS = 1000;

/**
 * Lists the pods behind every Service in EndpointSlices. Changes of pods gather while a Service's writes are under way
 * and the client's rate limit holds, so that many pods cost few writes; there is no batch period, as by default.
 * Source: pkg/controller/endpointslice/endpointslice_controller.go
 */
export const endpointSliceController: Controller<EndpointSliceState> = {
  name: 'endpointslice-controller',
  eventSource: 'endpoint-slice-controller',
  watches: ['services', 'pods', 'nodes', 'endpointslices'],
  workers: 5,
  maxRetries: 15,
  backoff: [RETRY_MS, 1_000_000],
  create: createState,
  observe(state, delta, context) {
    switch (delta.informer) {
      case 'pods':
        return observePod(state, delta, context);
      case 'services':
        return observeService(state, delta, context);
      case 'endpointslices':
        return observeSlice(state, delta, context);
      default:
        return observeNode(state, delta, context);
    }
  },
  sync(state, key, context) {
    const service = context.store<Service>('services').get(key);
    if (service === undefined || !state.services.has(key)) {
      // Slices of a deleted Service are left to the garbage collector.
      forgetService(state, key);
      return DONE;
    }
    if (state.full.has(key)) collect(state, key, context);
    const stores = { pods: context.store<Pod>('pods'), nodes: context.store<Node>('nodes') };
    const { calls, unplaced } = reconcile(state, key, service, stores);
    const later = unplaced ? { requeueAfterMs: RETRY_MS } : {};
    if (calls.length === 0) return later;
    state.writing.set(key, true);
    return { calls, progress: 'written', ...later };
  },
  resume(state, key, _progress, answers, context) {
    state.writing.delete(key);
    let failed: Answer | undefined;
    for (const answer of answers) {
      if (answer.status === 404 || isSuccess(answer)) takeWritten(state, key, answer);
      else failed = answer;
    }
    if (failed === undefined) return state.full.has(key) ? { retry: 'a slice changed meanwhile' } : DONE;
    return afterFailure(state, key, failed, context);
  },
  view: (state) => ({ services: state.services.size, slices: state.slices.size, endpoints: state.members.size }),
};

function afterFailure(state: EndpointSliceState, key: string, answer: Answer, context: ControllerContext): Outcome {
  const service = context.store<Service>('services').get(key);
  state.full.set(key, true);
  const text = (answer.body as { message?: string } | undefined)?.message ?? answer.error ?? String(answer.status);
  const causes = (answer.body as { details?: { causes?: { reason?: string }[] } } | undefined)?.details?.causes;
  if (causes?.some((cause) => cause.reason === 'NamespaceTerminating')) return DONE;
  if (service !== undefined) {
    const message = `Error updating Endpoint Slices for Service ${key}: ${text}`;
    context.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
  }
  return { retry: text };
}

function takeWritten(state: EndpointSliceState, key: string, answer: Answer): void {
  const slice = answer.body as EndpointSlice | undefined;
  if (answer.status === 404) {
    state.full.set(key, true);
    return;
  }
  if (slice?.kind !== 'EndpointSlice' || slice.metadata.deletionTimestamp !== undefined) return;
  const id = objectKey(slice);
  const known = state.slices.get(id);
  if (known !== undefined && isNewer(known.slice, slice)) {
    // Somebody else has written it since.
    state.full.set(key, true);
    return;
  }
  remember(state, key, slice);
  adoptEndpoints(state, key, id, slice.addressType, slice.endpoints);
}

function remember(state: EndpointSliceState, service: string, slice: EndpointSlice): void {
  state.slices.set(objectKey(slice), { service, group: groupOf(slice.addressType, slice.ports), slice });
}

function isNewer(a: EndpointSlice, b: EndpointSlice): boolean {
  return Number(a.metadata.resourceVersion) > Number(b.metadata.resourceVersion);
}

/** Starts a Service's bookkeeping anew from what the caches hold. */
function collect(state: EndpointSliceState, key: string, context: ControllerContext): void {
  for (const slice of context.store<EndpointSlice>('endpointslices').by('service', key)) {
    if (slice.metadata.labels?.[MANAGED_BY] !== CONTROLLER) continue;
    const known = state.slices.get(objectKey(slice));
    if (known === undefined || isNewer(slice, known.slice)) remember(state, key, slice);
  }
  for (const id of [...state.members.keysBy('service', key)]) {
    const member = state.members.get(id);
    if (member === undefined) continue;
    state.members.set(id, { ...member, slice: undefined });
    markDirty(state, key, member.pod);
  }
  for (const id of state.slices.keysBy('service', key)) {
    const slice = state.slices.get(id)?.slice as EndpointSlice;
    adoptEndpoints(state, key, id, slice.addressType, slice.endpoints);
    for (const { targetRef } of slice.endpoints ?? [])
      markDirty(state, key, `${targetRef?.namespace}/${targetRef?.name}`);
  }
  const service = state.services.get(key);
  if (service === undefined) return;
  for (const pod of context.store<Pod>('pods').keysBy('label', service.pair)) markDirty(state, key, pod);
}

function markDirty(state: EndpointSliceState, service: string, pod: string): void {
  state.dirty.set(`${service} ${pod}`, { service, pod });
}

function observeService(state: EndpointSliceState, delta: Delta, context: ControllerContext): void {
  const service = delta.object as Service;
  if (delta.type === 'delete') {
    const key = objectKey(service);
    state.services.delete(key);
    context.enqueue(key);
    return;
  }
  const old = delta.old as Service | undefined;
  if (old?.spec === service.spec && old.metadata.labels === service.metadata.labels) return;
  track(state, service, context);
}

function track(state: EndpointSliceState, service: Service, context: ControllerContext): void {
  const key = objectKey(service);
  const { selector, type } = service.spec;
  const pairs = Object.entries(selector ?? {}).map(([name, value]) => `${service.metadata.namespace}/${name}=${value}`);
  if (selector === undefined || type === 'ExternalName' || pairs.length === 0) {
    state.services.delete(key);
    return;
  }
  // The pair that the fewest Services have: a pod with a common label should not meet all of them.
  const counts = pairs.map((pair) => state.services.keysBy('pair', pair).size);
  const pair = pairs[counts.indexOf(Math.min(...counts))] as string;
  state.services.set(key, { selector, pair });
  state.full.set(key, true);
  context.enqueue(key);
}

function observePod(state: EndpointSliceState, delta: Delta, context: ControllerContext): void {
  const pod = delta.object as Pod;
  const old = delta.type === 'update' ? (delta.old as Pod) : undefined;
  const sameLabels = old !== undefined && sameEntries(old.metadata.labels, pod.metadata.labels);
  if (sameLabels && !endpointsDiffer(old, pod)) return;
  const key = objectKey(pod);
  visitServices(state, pod, key, context);
  if (old !== undefined && !sameLabels) visitServices(state, old, key, context);
}

function sameEntries(a: Record<string, string> | undefined, b: Record<string, string> | undefined): boolean {
  if (a === b) return true;
  for (const key in a) if (b?.[key] !== a[key]) return false;
  for (const key in b) if (a === undefined || !(key in a)) return false;
  return true;
}

/** Finds the Services that select a pod and has them look at it. */
function visitServices(state: EndpointSliceState, pod: Pod, key: string, context: ControllerContext | null): void {
  const { labels, namespace } = pod.metadata;
  for (const name in labels) {
    for (const service of state.services.keysBy('pair', `${namespace}/${name}=${labels[name]}`)) {
      if (!matchesAll(state.services.get(service)?.selector ?? {}, labels)) continue;
      markDirty(state, service, key);
      context?.enqueue(service);
    }
  }
}

function observeSlice(state: EndpointSliceState, delta: Delta, context: ControllerContext): void {
  const slice = delta.object as EndpointSlice;
  const { labels, namespace } = slice.metadata;
  const key = objectKey(slice);
  const known = state.slices.get(key);
  const name = labels?.[SERVICE_NAME];
  const service = known?.service ?? `${namespace}/${name}`;
  if (delta.type === 'delete') {
    if (state.slices.delete(key) === undefined) return;
  } else {
    if (known !== undefined && !isNewer(slice, known.slice)) return;
    const isOurs = labels?.[MANAGED_BY] === CONTROLLER && service === `${namespace}/${name}`;
    if (isOurs) remember(state, service, slice);
    else if (state.slices.delete(key) === undefined) return;
  }
  // While our own writes are under way this is one of them, or else their answer will show that it is not; but a new
  // one may come from an earlier write whose answer got lost.
  if (state.writing.has(service) && known !== undefined) return;
  state.full.set(service, true);
  context.enqueue(service);
}

/** A node's zone is part of its pods' endpoints; they take it over when their Service is next looked at. */
function observeNode(state: EndpointSliceState, delta: Delta, context: ControllerContext): void {
  const node = delta.object as Node;
  if (delta.type === 'update' && zoneOf(delta.old as Node) === zoneOf(node)) return;
  for (const pod of context.store<Pod>('pods').by('node', node.metadata.name)) {
    visitServices(state, pod, objectKey(pod), null);
  }
}

import type { Endpoint, EndpointPort, EndpointSlice, Node, Pod, Service } from '../../api/generated/types.ts';
import { controllerReference } from '../../api/object.ts';
import type { Call } from '../../client/messages.ts';
import type { Table } from '../../kernel/table.ts';
import {
  type AddressType,
  endpointOf,
  endpointsEqual,
  groupOf,
  hasNamedTarget,
  isListed,
  portsOf,
  readyCondition,
} from './endpoint.ts';
import type { EndpointSliceState, KnownSlice } from './state.ts';

export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const CONTROLLER = 'endpointslice-controller.k8s.io';
export const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
/** `--max-endpoints-per-slice`. */
const MAX_ENDPOINTS = 100;

export interface Stores {
  readonly pods: Table<Pod>;
  readonly nodes: Table<Node>;
}

export interface Reconciled {
  readonly calls: Call[];
  /** Pods whose node is not known (yet): the Service is looked at again later. */
  readonly unplaced: boolean;
}

/** A slice that is about to be written: a copy of a known one, or a new one without a key. */
interface Draft {
  readonly key?: string;
  readonly from?: KnownSlice;
  readonly group: string;
  readonly family: AddressType;
  readonly ports: readonly EndpointPort[];
  endpoints: Endpoint[];
}

/** What one look at a Service collects. */
interface Round {
  readonly state: EndpointSliceState;
  readonly service: string;
  readonly drafts: Map<string, Draft>;
  /** Endpoints without a slice, by group. */
  readonly homeless: Map<string, { family: AddressType; ports: readonly EndpointPort[]; endpoints: Endpoint[] }>;
  trigger: string;
  unplaced: boolean;
}

/**
 * Brings a Service's slices to what its pods are, with few writes: changed slices are filled up first (the fullest with
 * room), what is left goes into one unchanged slice where it fits closest, or into new ones. Only pods that changed are
 * looked at. Source: staging/src/k8s.io/endpointslice/reconciler.go
 */
export function reconcile(state: EndpointSliceState, key: string, service: Service, stores: Stores): Reconciled {
  const round: Round = { state, service: key, drafts: new Map(), homeless: new Map(), trigger: '', unplaced: false };
  const isFull = state.full.delete(key) === true;
  if (!state.known.has(key)) round.trigger = service.metadata.creationTimestamp ?? '';
  const fresh = !state.known.has(key);
  state.known.set(key, true);
  const families = (service.spec.ipFamilies ?? ['IPv4']) as AddressType[];
  const portsFor = portResolver(service);
  for (const id of [...state.dirty.keysBy('service', key)]) {
    const { pod } = state.dirty.get(id) as { pod: string };
    state.dirty.delete(id);
    for (const family of families) lookAt(round, pod, family, service, portsFor, stores, fresh);
  }
  const labels = labelsOf(service);
  if (isFull) tidy(round, labels);
  for (const family of families) pack(round, family);
  return { calls: write(round, service, labels, families), unplaced: round.unplaced };
}

function portResolver(service: Service): (pod: Pod) => readonly EndpointPort[] {
  if (hasNamedTarget(service)) return (pod) => portsOf(service, pod);
  let ports: EndpointPort[] | undefined;
  return (pod) => {
    ports ??= portsOf(service, pod);
    return ports;
  };
}

/** Compares one pod with the endpoint that stands for it. */
function lookAt(
  round: Round,
  podKey: string,
  family: AddressType,
  service: Service,
  portsFor: (pod: Pod) => readonly EndpointPort[],
  stores: Stores,
  fresh: boolean,
): void {
  const { state } = round;
  const id = `${round.service} ${podKey} ${family}`;
  const member = state.members.get(id);
  const pod = stores.pods.get(podKey);
  const selector = state.services.get(round.service)?.selector;
  const isSelected = pod !== undefined && selector !== undefined && hasPairs(pod, selector);
  const node = isSelected ? stores.nodes.get(pod.spec?.nodeName ?? '') : undefined;
  const trigger = isSelected ? (readyCondition(pod)?.lastTransitionTime ?? '') : '';
  if (!fresh && trigger > (member?.trigger ?? '')) {
    round.trigger = round.trigger === '' || trigger < round.trigger ? trigger : round.trigger;
  }
  let wanted: Endpoint | undefined;
  let group = '';
  let ports: readonly EndpointPort[] = [];
  if (isSelected && isListed(pod)) {
    if (node === undefined) round.unplaced = true;
    else wanted = endpointOf(pod, service, node, family);
    // What was skipped has to be looked at again.
    if (node === undefined) state.dirty.set(`${round.service} ${podKey}`, { service: round.service, pod: podKey });
    ports = portsFor(pod);
    group = groupOf(family, ports);
  }
  const listed = member?.slice === undefined ? undefined : state.slices.get(member.slice);
  let slice = member?.slice;
  if (listed !== undefined && slice !== undefined) {
    const draft = round.drafts.get(slice);
    const endpoints = draft?.endpoints ?? listed.slice.endpoints ?? [];
    const at = indexOfPod(endpoints, podKey);
    if (wanted !== undefined && listed.group === group) {
      const old = endpoints[at];
      if (old === undefined || !endpointsEqual(old, wanted)) replace(draftOf(round, slice, family), at, wanted);
      wanted = undefined;
    } else {
      if (at >= 0) draftOf(round, slice, family).endpoints.splice(at, 1);
      slice = undefined;
    }
  }
  if (wanted !== undefined) {
    let room = round.homeless.get(group);
    if (room === undefined) {
      room = { family, ports, endpoints: [] };
      round.homeless.set(group, room);
    }
    room.endpoints.push(wanted);
  }
  if (!isSelected) state.members.delete(id);
  else if (member === undefined || member.trigger !== trigger || member.slice !== slice) {
    state.members.set(id, { service: round.service, pod: podKey, trigger, slice });
  }
}

function hasPairs(pod: Pod, selector: Readonly<Record<string, string>>): boolean {
  const labels = pod.metadata.labels;
  for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  return true;
}

function indexOfPod(endpoints: readonly Endpoint[], podKey: string): number {
  const name = podKey.slice(podKey.indexOf('/') + 1);
  for (let i = 0; i < endpoints.length; i++) if (endpoints[i]?.targetRef?.name === name) return i;
  return -1;
}

function draftOf(round: Round, key: string, family: AddressType): Draft {
  let draft = round.drafts.get(key);
  if (draft === undefined) {
    const from = round.state.slices.get(key) as KnownSlice;
    const { endpoints, ports } = from.slice;
    draft = { key, from, group: from.group, family, ports: ports ?? [], endpoints: [...(endpoints ?? [])] };
    round.drafts.set(key, draft);
  }
  return draft;
}

function replace(draft: Draft, at: number, endpoint: Endpoint): void {
  if (at < 0) draft.endpoints.push(endpoint);
  else draft.endpoints[at] = endpoint;
}

/**
 * Slices whose labels are not the Service's any more are written again, and so are those that list what another one
 * stands for: they were made by writes whose answers got lost.
 */
function tidy(round: Round, labels: Record<string, string>): void {
  const { state, service } = round;
  for (const key of state.slices.keysBy('service', service)) {
    const { slice } = state.slices.get(key) as KnownSlice;
    const family = slice.addressType as AddressType;
    const endpoints = round.drafts.get(key)?.endpoints ?? slice.endpoints ?? [];
    const own = endpoints.filter(({ targetRef }) => {
      if (targetRef === undefined) return true;
      return state.members.get(`${service} ${targetRef.namespace}/${targetRef.name} ${family}`)?.slice === key;
    });
    if (own.length < endpoints.length) draftOf(round, key, family).endpoints = own;
    else if (!sameLabels(slice.metadata.labels, labels)) draftOf(round, key, family);
  }
}

/** Finds a slice for every endpoint that has none. */
function pack(round: Round, family: AddressType): void {
  for (const [group, { ports, endpoints, family: of }] of round.homeless) {
    if (of !== family) continue;
    const changed = [...round.drafts.values()].filter((draft) => draft.group === group && draft.endpoints.length > 0);
    changed.sort((a, b) => b.endpoints.length - a.endpoints.length);
    for (const draft of changed) {
      draft.endpoints.push(...endpoints.splice(0, Math.max(0, MAX_ENDPOINTS - draft.endpoints.length)));
    }
    while (endpoints.length > 0) {
      const key = endpoints.length < MAX_ENDPOINTS ? closestFit(round, group, endpoints.length) : undefined;
      if (key !== undefined) draftOf(round, key, family).endpoints.push(...endpoints.splice(0));
      else {
        const draft: Draft = { group, family, ports, endpoints: endpoints.splice(0, MAX_ENDPOINTS) };
        round.drafts.set(`new ${round.drafts.size}`, draft);
      }
    }
  }
}

/** The fullest unchanged slice that still has room for that many. */
function closestFit(round: Round, group: string, count: number): string | undefined {
  let best: string | undefined;
  let most = -1;
  for (const key of round.state.slices.keysBy('service', round.service)) {
    const known = round.state.slices.get(key) as KnownSlice;
    const size = known.slice.endpoints?.length ?? 0;
    if (known.group !== group || size === 0 || round.drafts.has(key)) continue;
    if (size + count <= MAX_ENDPOINTS && size > most) {
      best = key;
      most = size;
    }
  }
  return best;
}

/** Turns drafts into calls: empty slices go, a slice that goes gives its name to a new one, and one always stays. */
function write(
  round: Round,
  service: Service,
  labels: Record<string, string>,
  families: readonly AddressType[],
): Call[] {
  const { state } = round;
  const calls: Call[] = [];
  for (const family of families) {
    const created: Draft[] = [];
    const updated: Draft[] = [];
    for (const draft of round.drafts.values()) {
      if (draft.family !== family) continue;
      if (draft.key === undefined) created.push(draft);
      else if (draft.endpoints.length > 0) updated.push(draft);
    }
    const emptied: string[] = [];
    let kept = 0;
    for (const key of state.slices.keysBy('service', round.service)) {
      const { slice } = state.slices.get(key) as KnownSlice;
      if (slice.addressType !== family) continue;
      const size = round.drafts.get(key)?.endpoints.length ?? slice.endpoints?.length ?? 0;
      if (size === 0) emptied.push(key);
      else kept++;
    }
    if (kept === 0 && created.length === 0) {
      // A Service without endpoints keeps one empty slice.
      const spare = emptied[0] === undefined ? undefined : (state.slices.get(emptied[0]) as KnownSlice).slice;
      if (emptied.length === 1 && isPlaceholder(spare) && sameLabels(spare?.metadata.labels, labels))
        emptied.length = 0;
      else created.push({ group: groupOf(family, []), family, ports: [], endpoints: [] });
    }
    for (const draft of created) {
      const reused = emptied.pop();
      if (reused !== undefined) updated.push({ ...draft, key: reused, from: state.slices.get(reused) as KnownSlice });
      else if (service.metadata.deletionTimestamp === undefined) calls.push(create(round, draft, service, labels));
    }
    for (const draft of updated) calls.push(update(round, draft, labels));
    for (const key of emptied) {
      state.slices.delete(key);
      calls.push({ method: 'DELETE', path: pathOf(key) });
    }
  }
  return calls;
}

function isPlaceholder(slice: EndpointSlice | undefined): boolean {
  return (slice?.endpoints?.length ?? 0) === 0 && (slice?.ports?.length ?? 0) === 0;
}

function create(round: Round, draft: Draft, service: Service, labels: Record<string, string>): Call {
  const { namespace, name } = service.metadata;
  const { trigger } = round;
  const metadata = {
    generateName: `${name}-`,
    namespace,
    labels,
    ...(trigger !== '' && { annotations: { [TRIGGER_TIME]: trigger } }),
    ownerReferences: [controllerReference({ ...service, apiVersion: 'v1', kind: 'Service' })],
  };
  const body = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: draft.family,
    endpoints: draft.endpoints,
    ports: draft.ports,
  };
  return { method: 'POST', path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, body };
}

function update(round: Round, draft: Draft, labels: Record<string, string>): Call {
  const key = draft.key as string;
  const { slice } = draft.from as KnownSlice;
  const { annotations: { [TRIGGER_TIME]: _last, ...others } = {}, ...metadata } = slice.metadata;
  const annotations = round.trigger === '' ? others : { ...others, [TRIGGER_TIME]: round.trigger };
  const body = {
    ...slice,
    metadata: { ...metadata, labels, ...(Object.keys(annotations).length > 0 && { annotations }) },
    endpoints: draft.endpoints,
    ports: draft.ports,
  };
  adoptEndpoints(round.state, round.service, key, draft.family, draft.endpoints);
  return { method: 'PUT', path: pathOf(key), body };
}

/** Notes for every endpoint of a slice that it is there. */
export function adoptEndpoints(
  state: EndpointSliceState,
  service: string,
  key: string,
  family: string,
  endpoints: readonly Endpoint[] | undefined | null,
): void {
  for (const { targetRef } of endpoints ?? []) {
    const pod = `${targetRef?.namespace}/${targetRef?.name}`;
    const id = `${service} ${pod} ${family}`;
    const member = state.members.get(id);
    if (member?.slice !== key) state.members.set(id, { service, pod, trigger: member?.trigger ?? '', slice: key });
  }
}

function pathOf(key: string): string {
  const slash = key.indexOf('/');
  return `/apis/discovery.k8s.io/v1/namespaces/${key.slice(0, slash)}/endpointslices/${key.slice(slash + 1)}`;
}

/** The Service's own labels and those by which slices are found. */
function labelsOf(service: Service): Record<string, string> {
  const isHeadless = service.spec.clusterIP === 'None';
  return {
    ...service.metadata.labels,
    [MANAGED_BY]: CONTROLLER,
    [SERVICE_NAME]: service.metadata.name,
    ...(isHeadless && { [HEADLESS]: '' }),
  };
}

function sameLabels(a: Record<string, string> | undefined, b: Record<string, string>): boolean {
  const keys = Object.keys(b);
  return keys.length === Object.keys(a ?? {}).length && keys.every((key) => a?.[key] === b[key]);
}

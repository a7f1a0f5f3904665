import type { KubernetesObject } from '../engine/api/object.ts';
import type { SimulatedCluster } from '../engine/index.ts';
import type { Difference } from './protocol.ts';

/** More differences than these are counted only. */
export const MAX_DIFFERENCES = 200;
/** Fields of one object that are named. */
const MAX_FIELDS = 4;
/** Objects that differ all the time without meaning anything. */
const NOISE = new Set(['Lease', 'Event']);
/** Fields that differ whenever something was done at another time, and the hashes of what is compared anyhow. */
const FIELD_NOISE =
  /([Tt]ime|Timestamp|[a-z]At|uid|resourceVersion|managedFields|ownerReferences|containerID|[gG]eneration|IPs?|CIDRs?|config\.(hash|mirror|seen)|last-applied-configuration)$/;
const ADDRESSES = new Set(['clusterIP', 'clusterIPs', 'externalIPs']);
/** Values with an end that is drawn by dice. */
const RANDOM_VALUE = /^kube-api-access-/;

export interface Differences {
  readonly list: readonly Difference[];
  /** How many there are beyond the list. */
  readonly more: number;
}

/** What differs between two clusters at this moment: objects, machines, processes and faults. */
export function differencesOf(here: SimulatedCluster, there: SimulatedCluster): Differences {
  const all = [...faults(here, there), ...machines(here, there), ...processes(here, there), ...objects(here, there)];
  return { list: all.slice(0, MAX_DIFFERENCES), more: Math.max(0, all.length - MAX_DIFFERENCES) };
}

type Side = 'here' | 'there';

const oneSided = (kind: Difference['kind'], key: string, what: Side): Difference => ({ kind, key, what, fields: [] });

/** Keys of both sides, each once, and what each side has there. */
function* pairs<T>(here: ReadonlyMap<string, T>, there: ReadonlyMap<string, T>): Generator<[string, T?, T?]> {
  for (const [key, value] of here) yield [key, value, there.get(key)];
  for (const [key, value] of there) if (!here.has(key)) yield [key, undefined, value];
}

function compared<T extends object>(
  kind: Difference['kind'],
  here: ReadonlyMap<string, T>,
  there: ReadonlyMap<string, T>,
): Difference[] {
  const found: Difference[] = [];
  for (const [key, one, other] of pairs(here, there)) {
    if (one === undefined || other === undefined) {
      found.push(oneSided(kind, key, one === undefined ? 'there' : 'here'));
      continue;
    }
    if (one === other) continue;
    const fields: Difference['fields'][number][] = [];
    differingFields(one, other, '', fields);
    if (fields.length > 0) found.push({ kind, key, what: 'differs', fields });
  }
  return found;
}

function faults(here: SimulatedCluster, there: SimulatedCluster): Difference[] {
  const of = ({ faults: active }: SimulatedCluster) => new Map(active.map(({ sentence }) => [sentence, { sentence }]));
  return compared('fault', of(here), of(there));
}

function machines(here: SimulatedCluster, there: SimulatedCluster): Difference[] {
  const of = ({ kernel }: SimulatedCluster) =>
    new Map([...kernel.machines.values()].map(({ name, powered, boots }) => [name, { powered, boots }]));
  return compared('machine', of(here), of(there));
}

/**
 * Which processes run, and what they are to each other: who leads. That nothing runs without power goes without saying.
 */
function processes(here: SimulatedCluster, there: SimulatedCluster): Difference[] {
  const hasPower = ({ kernel }: SimulatedCluster, host: string): boolean =>
    kernel.machines.get(host)?.powered !== false;
  const isOnInBoth = ({ host }: { readonly host: string }): boolean => hasPower(here, host) && hasPower(there, host);
  const of = ({ kernel, now }: SimulatedCluster) =>
    new Map(
      [...kernel.processes.values()].filter(isOnInBoth).map(({ address, component, state }) => {
        const view = (kernel.definition(component).view?.(state, now) ?? {}) as Record<string, unknown>;
        const { role, term, leader } = view;
        return [address, { role, term, leader }] as const;
      }),
    );
  return compared('component', of(here), of(there));
}

function objects(here: SimulatedCluster, there: SimulatedCluster): Difference[] {
  const one = objectsOf(here);
  const other = objectsOf(there);
  const names = pairUp(one, other);
  return compared('object', one, other).map((difference) => {
    const [name, theirs] = names.get(difference.key) ?? [];
    if (name === undefined || theirs === undefined) return difference;
    return { ...difference, fields: [['metadata.name', name, theirs], ...difference.fields.slice(0, MAX_FIELDS - 1)] };
  });
}

type Objects = Map<string, KubernetesObject>;

function objectsOf(cluster: SimulatedCluster): Objects {
  const found: Objects = new Map();
  for (const { value } of cluster.store()?.keys.values() ?? []) {
    const { kind, metadata } = value ?? {};
    if (kind === undefined || metadata?.name === undefined || NOISE.has(kind)) continue;
    found.set(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`, value);
  }
  return found;
}

/**
 * Objects whose names are drawn by dice and are on one side only: the pods of one owner on the same node are taken for
 * each other, then whatever is left of that owner's, one by one. They get one key, that of the shown cluster; gives both
 * names by it.
 */
function pairUp(here: Objects, there: Objects): Map<string, readonly [string, string]> {
  const names = new Map<string, readonly [string, string]>();
  for (const place of [nodeOf, () => '']) {
    const waiting = new Map<string, string[]>();
    const groupOf = (object: KubernetesObject): string | undefined => {
      const { generateName, namespace } = object.metadata;
      return generateName && `${object.kind}/${namespace}/${generateName}/${place(object)}`;
    };
    for (const [key, object] of there) {
      const group = here.has(key) ? undefined : groupOf(object);
      if (group === undefined) continue;
      const keys = waiting.get(group);
      if (keys === undefined) waiting.set(group, [key]);
      else keys.push(key);
    }
    for (const [key, object] of [...here]) {
      const group = there.has(key) ? undefined : groupOf(object);
      const match = group && waiting.get(group)?.shift();
      if (!match) continue;
      const other = there.get(match) as KubernetesObject;
      names.set(key, [object.metadata.name as string, other.metadata.name as string]);
      there.delete(match);
      there.set(key, withoutNames(other));
      here.set(key, withoutNames(object));
    }
  }
  return names;
}

const nodeOf = (object: KubernetesObject): string => (object as { spec?: { nodeName?: string } }).spec?.nodeName ?? '';

/** What of an object does not tell which of several that are alike it is; of a slice's endpoints, how they are. */
function withoutNames(object: KubernetesObject): KubernetesObject {
  const metadata = { ...object.metadata, name: '' };
  const { endpoints } = object as { endpoints?: readonly { readonly conditions?: object }[] };
  if (endpoints === undefined) return { ...object, metadata };
  const conditions = endpoints.map((endpoint) => JSON.stringify(endpoint.conditions)).sort();
  return { ...object, metadata, endpoints: conditions } as KubernetesObject;
}

/** Collects the paths at which two JSON values differ, up to a few. A map that is not there is an empty one. */
function differingFields(one: unknown, other: unknown, path: string, found: Difference['fields'][number][]): void {
  if (one === other || found.length >= MAX_FIELDS) return;
  const here = one === undefined && isMap(other) ? {} : one;
  const there = other === undefined && isMap(one) ? {} : other;
  if (isRecord(here) && isRecord(there)) {
    for (const name of new Set([...Object.keys(here), ...Object.keys(there)])) {
      if (FIELD_NOISE.test(name) && !ADDRESSES.has(name)) continue;
      const step = Array.isArray(here) ? `[${name}]` : `${path === '' ? '' : '.'}${name}`;
      differingFields(here[name], there[name], path + step, found);
    }
    return;
  }
  if (RANDOM_VALUE.test(String(here)) && RANDOM_VALUE.test(String(there))) return;
  found.push([path, shown(here), shown(there)]);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isMap = (value: unknown): boolean => isRecord(value) && !Array.isArray(value);

const shown = (value: unknown): string => {
  const text = value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

import type { KubernetesObject } from '../engine/api/object.ts';
import type { SimulatedCluster } from '../engine/index.ts';
import type { Difference } from './protocol.ts';

/** More differences than these are counted only. */
export const MAX_DIFFERENCES = 200;
/** Fields of one object that are named. */
const MAX_FIELDS = 4;
/** Objects that differ all the time without meaning anything. */
const NOISE = new Set(['Lease', 'Event']);
/** Fields that differ whenever something was done at another time. */
const FIELD_NOISE =
  /(Time|Timestamp|^uid|resourceVersion|managedFields|ownerReferences|containerID|observedGeneration)$/;

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

/** Which processes run, and what they are to each other: who leads. */
function processes(here: SimulatedCluster, there: SimulatedCluster): Difference[] {
  const of = ({ kernel, now }: SimulatedCluster) =>
    new Map(
      [...kernel.processes.values()].map(({ address, component, state }) => {
        const view = (kernel.definition(component).view?.(state, now) ?? {}) as Record<string, unknown>;
        const { role, term, leader } = view;
        return [address, { role, term, leader }] as const;
      }),
    );
  return compared('component', of(here), of(there));
}

function objects(here: SimulatedCluster, there: SimulatedCluster): Difference[] {
  const of = (cluster: SimulatedCluster): Map<string, KubernetesObject> => {
    const found = new Map<string, KubernetesObject>();
    for (const { value } of cluster.store()?.keys.values() ?? []) {
      const { kind, metadata } = value ?? {};
      if (kind === undefined || metadata?.name === undefined || NOISE.has(kind)) continue;
      found.set(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`, value);
    }
    return found;
  };
  return compared('object', of(here), of(there));
}

/** Collects the paths at which two JSON values differ, up to a few. */
function differingFields(here: unknown, there: unknown, path: string, found: Difference['fields'][number][]): void {
  if (here === there || found.length >= MAX_FIELDS) return;
  if (isRecord(here) && isRecord(there)) {
    for (const name of new Set([...Object.keys(here), ...Object.keys(there)])) {
      if (FIELD_NOISE.test(name)) continue;
      const step = Array.isArray(here) ? `[${name}]` : `${path === '' ? '' : '.'}${name}`;
      differingFields(here[name], there[name], path + step, found);
    }
    return;
  }
  found.push([path, shown(here), shown(there)]);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const shown = (value: unknown): string => {
  const text = value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

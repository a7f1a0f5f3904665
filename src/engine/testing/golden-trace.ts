import type { Change } from './control-plane.ts';

/** One line of a recorded trace; see testdata/golden/traces/README.md. */
export interface Recorded {
  readonly t: number;
  readonly type: string;
  readonly kind: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** A change in the words of the record. `about` groups the changes of one object into its story. */
export interface Line {
  readonly about: string;
  readonly text: string;
}

type Json = Record<string, unknown>;
const STATUS_FIELDS: Readonly<Record<string, string>> = {
  replicas: 'replicas',
  updatedReplicas: 'updated',
  readyReplicas: 'ready',
  availableReplicas: 'available',
  unavailableReplicas: 'unavailable',
  fullyLabeledReplicas: 'fullyLabeled',
  terminatingReplicas: 'terminating',
};
const KINDS: Readonly<Record<string, string>> = {
  Deployment: 'deployments',
  ReplicaSet: 'replicasets',
  DaemonSet: 'daemonsets',
  Pod: 'pods',
  Event: 'events',
  EndpointSlice: 'endpointslices',
  Node: 'nodes',
};

const HAS_OWN_STORY = new Set(['deployments', 'replicasets', 'daemonsets', 'nodes']);

export function readTrace(text: string): Recorded[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A change of the engine as a line of a trace; undefined for kinds that the traces leave out. */
export function toRecorded({ at, type, object }: Change): Recorded | undefined {
  const kind = KINDS[object.kind];
  if (kind === undefined) return undefined;
  const { metadata } = object;
  const { spec = {}, status = {} } = object as unknown as { spec?: Json; status?: Json };
  const common = { t: at / 1000, type, kind, name: metadata.name };
  switch (object.kind) {
    case 'Event': {
      const {
        involvedObject: about,
        source,
        ...event
      } = object as unknown as Json & { involvedObject: Json; source: Json };
      const on = `${about.kind}/${about.name}`;
      return {
        ...common,
        type: event.type as string,
        reason: event.reason,
        message: event.message,
        from: source.component,
        on,
        count: event.count,
      };
    }
    case 'Deployment': {
      const rev = metadata.annotations?.['deployment.kubernetes.io/revision'];
      // The records do not show this one of a Deployment.
      const { terminatingReplicas: _unseen, ...shown } = status;
      return { ...common, replicas: spec.replicas, generation: metadata.generation, rev, status: shorten(shown) };
    }
    case 'ReplicaSet':
      return { ...common, replicas: spec.replicas, annotations: metadata.annotations, status: shorten(status) };
    case 'DaemonSet':
      return { ...common, status: shorten(status) };
    case 'Node': {
      const conditions = (status.conditions ?? []) as Json[];
      const ready = conditions
        .filter(({ type }) => type === 'Ready')
        .map((c) => `${c.status} ${c.reason}: ${c.message}`);
      return { ...common, ready, taints: spec.taints, conditions: conditions.map((c) => `${c.type}=${c.status}`) };
    }
    case 'EndpointSlice': {
      const endpoints = (object as unknown as { endpoints?: Json[] }).endpoints ?? [];
      return { ...common, endpoints: endpoints.map(({ conditions }) => ({ c: conditions })) };
    }
    default: {
      const owner = metadata.ownerReferences?.[0];
      const tolerations = ((spec.tolerations ?? []) as Json[]).map(
        (one) => `${one.key}:${one.effect}:${one.tolerationSeconds ?? ''}`,
      );
      return {
        ...common,
        phase: status.phase,
        deleting: metadata.deletionTimestamp !== undefined,
        conditions: ((status.conditions ?? []) as Json[])
          .filter(({ type, status: holds }) => type === 'DisruptionTarget' || holds !== 'True')
          .map((c) => `${c.type}=${c.status} ${c.reason ?? ''}`),
        labels: metadata.labels,
        owner: `${owner?.kind}/${owner?.name}`,
        tolerations,
      };
    }
  }
}

function shorten(status: Json): Json {
  const out: Json = {};
  for (const [name, value] of Object.entries(status)) {
    if (name === 'conditions') {
      out.conditions = (value as Json[]).map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`);
    } else {
      out[STATUS_FIELDS[name] ?? name] = value;
    }
  }
  return out;
}

/**
 * What the control plane did, without what is random: hashes are replaced by their place in the order in which they
 * appeared, the rest of pod names is left out.
 */
export function linesOf(records: readonly Recorded[], reporters: readonly string[]): Line[] {
  const names = new Map<string, string>();
  const lines: Line[] = [];
  const last = new Map<string, string>();
  const podsTold = new Map<string, string>();
  const mask = (text: string): string => {
    let masked = text;
    for (const [name, place] of names) masked = masked.replaceAll(name, place);
    return masked.replace(/(#\d+-|agent-)[a-z0-9]{5}\b/g, '$1*');
  };
  const learn = (name: string | undefined): void => {
    if (name && !names.has(name)) names.set(name, `#${names.size + 1}`);
  };
  for (const record of records) {
    const { kind, name, type, labels } = record as Recorded & { labels?: Record<string, string> };
    learn(kind === 'replicasets' ? name.slice(name.lastIndexOf('-') + 1) : undefined);
    if (kind === 'pods') {
      learn(labels?.['pod-template-hash'] ?? labels?.['controller-revision-hash']);
      const told = toldOfPod(record);
      if (type !== 'ADDED' && (told === '' || podsTold.get(name) === told)) continue;
      podsTold.set(name, told);
    }
    if (kind === 'events' && !reporters.includes(record.from as string)) continue;
    const about = mask(aboutOf(record));
    const text = mask(textOf(record));
    const key = kind === 'pods' || kind === 'events' ? '' : about;
    if (key !== '' && last.get(key) === text) continue;
    last.set(key, text);
    lines.push({ about, text });
  }
  return lines;
}

function aboutOf({ kind, name, on }: Recorded): string {
  if (kind === 'events') return `events of ${on}`;
  return HAS_OWN_STORY.has(kind) ? `${kind} ${name}` : kind;
}

/** What the control plane did to a pod that exists: its conditions that no kubelet writes, and its deletion. */
function toldOfPod({ type, deleting, conditions = [] }: Recorded & { conditions?: string[] }): string {
  if (type === 'DELETED') return '';
  const isKubelets = conditions.some((condition) => condition.startsWith('ContainersReady=False'));
  return [...(isKubelets ? [] : conditions), ...(deleting ? ['deleting'] : [])].join(', ');
}

function textOf(record: Recorded): string {
  const { kind, type } = record;
  switch (kind) {
    case 'events':
      return `${type} ${record.reason}: ${record.message} x${record.count ?? 1}`;
    case 'pods': {
      if (type !== 'ADDED') return toldOfPod(record);
      const { labels, owner, tolerations } = record;
      return `${type} ${sorted({ labels, owner, tolerations })}`;
    }
    case 'nodes': {
      const { ready, conditions, taints = [] } = record as Recorded & { taints?: Json[] };
      return `${type} ${ready} ${conditions} ${taints.map(({ key, effect }) => `${key}:${effect}`)}`;
    }
    case 'endpointslices': {
      const flags = ((record.endpoints ?? []) as { c: Json }[]).map(({ c }) =>
        [c.ready, c.serving, c.terminating].map(Number).join(''),
      );
      return `${type === 'DELETED' ? 'DELETED ' : ''}${flags.sort().join(' ')}`;
    }
    default: {
      const { replicas, generation, rev, annotations, status } = record;
      return `${type} ${sorted({ replicas, generation, rev, annotations, status })}`;
    }
  }
}

/** JSON with its keys in order; empty objects count as absent. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** How many lines two stories have in common, in the same order: the longest common subsequence. */
export function inCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const line of a) {
    const next = [0];
    for (let j = 1; j <= b.length; j++) {
      const best = Math.max(row[j] as number, next[j - 1] as number);
      next.push(line === b[j - 1] ? (row[j - 1] as number) + 1 : best);
    }
    row = next;
  }
  return row[b.length] as number;
}

export interface Agreement {
  readonly about: string;
  readonly agree: number;
  readonly recorded: number;
  readonly played: number;
}

/** Compares the stories object by object. */
export function compareStories(recorded: readonly Line[], played: readonly Line[]): Agreement[] {
  const abouts = [...new Set([...recorded, ...played].map(({ about }) => about))];
  return abouts.map((about) => {
    const [want, have] = [recorded, played].map((lines) =>
      lines.filter((line) => line.about === about).map(({ text }) => text),
    );
    return { about, agree: inCommon(want ?? [], have ?? []), recorded: want?.length ?? 0, played: have?.length ?? 0 };
  });
}

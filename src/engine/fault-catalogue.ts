import type { Fault, FaultKind, FaultOption } from './door.ts';

/** A fault that cannot be done: what and why, in one sentence. */
export class FaultError extends Error {
  override name = 'FaultError';
}

const DAY_MS = 86_400_000;
/** Options of every fault that goes on for a time, and of every fault. */
const FOR_MS: FaultOption = { type: 'number', min: 1, max: 7 * DAY_MS };
const IN_MS: FaultOption = { type: 'number', min: 0, max: 7 * DAY_MS };

const number = (standard: number, min: number, max: number): FaultOption => ({
  type: 'number',
  default: standard,
  min,
  max,
});
const flag: FaultOption = { type: 'boolean', default: false };

/** The faults of design.md section 7: what each is called, breaks, takes, and is expected to show. */
export const FAULT_KINDS: Readonly<Record<string, FaultKind>> = {
  'node-power-off': {
    title: 'Cut the power',
    on: 'machine',
    expect: 'Everything on it stops at once, and nothing in the cluster is told: others can only miss its messages.',
    lasts: true,
  },
  'node-reboot': {
    title: 'Reboot',
    on: 'machine',
    expect: 'Its containers are gone with the power; its pods stay bound to it and start again when it is up.',
    lasts: true,
  },
  'kubelet-stop': {
    title: 'Stop the kubelet',
    on: 'machine',
    expect: 'Its containers run on, but nobody reports them or sends the heartbeat of the node.',
    lasts: true,
  },
  'runtime-stop': {
    title: 'Stop containerd',
    on: 'machine',
    expect: 'Containers run on, but the kubelet can neither start nor stop any.',
    lasts: true,
  },
  'kube-proxy-stop': {
    title: 'Keep kube-proxy down',
    on: 'machine',
    expect: 'The rules that it wrote stay and serve; they do not follow when endpoints change.',
    lasts: true,
  },
  'component-crash': {
    title: 'Crash',
    on: 'component',
    expect: 'The kubelet sees its container end and starts it again, later and later if it keeps crashing.',
    options: { stay: flag },
    lasts: true,
  },
  'component-slow': {
    title: 'Slow it down',
    on: 'component',
    expect: 'It does all that it did, but later; whoever waits for it with a time limit gives up and asks again.',
    options: { ms: number(1_000, 1, 120_000) },
    lasts: true,
  },
  partition: {
    title: 'Cut the network',
    on: 'sides',
    expect:
      'What is sent waits and arrives late if the cut heals soon; after 45 s both ends give their connections up, and each side goes on with what it last knew.',
    options: { oneWay: flag },
    lasts: true,
  },
  'link-latency': {
    title: 'Slow the network down',
    on: 'sides',
    expect: 'Every message between them comes later, in the same order; what waits with a time limit may give up.',
    options: { ms: number(200, 1, 60_000), jitterMs: number(0, 0, 60_000) },
    lasts: true,
  },
  'message-drop': {
    title: 'Lose packets',
    on: 'sides',
    expect:
      'TCP sends again what was lost, after 0.2 s, then 0.4 s and so on: requests arrive late, in bursts. Messages between etcd members are lost for good, and sent anew by Raft.',
    options: { rate: number(0.3, 0.01, 0.95) },
    lasts: true,
  },
  'etcd-slow-disk': {
    title: 'Slow its disk down',
    on: 'etcd',
    expect:
      'Each write waits for the disk. A slow leader slows every write of the cluster; a slow follower does not, while a majority is fast.',
    options: { fsyncMs: number(500, 1, 60_000) },
    lasts: true,
  },
  'etcd-disk-loss': {
    title: 'Lose its data',
    on: 'etcd',
    expect:
      'The member cannot come back by itself: the others know that it has forgotten what it promised. It has to be removed and added anew. With one member, the whole cluster is forgotten.',
    lasts: false,
  },
  'container-crash': {
    title: 'Crash a container',
    on: 'pod',
    expect: 'The kubelet sees it end and starts it again in the same pod.',
    lasts: false,
  },
  'container-oom': {
    title: 'Run a container out of memory',
    on: 'pod',
    expect: 'The kernel of the node kills it; the kubelet starts the container again in the same pod.',
    lasts: false,
  },
  'image-pull-error': {
    title: 'Take the image registry away',
    on: 'image',
    expect: 'What is already on a node still starts; what must be pulled waits and tries again.',
    lasts: true,
  },
  'probe-fail': {
    title: 'Fail its probes',
    on: 'pod',
    expect: 'The kubelet acts when enough of them in a row have failed, as the probe says.',
    options: { probe: { type: 'choice', choices: ['liveness', 'readiness', 'startup'] } },
    lasts: true,
  },
  'clock-skew': {
    title: 'Set its clock wrong',
    on: 'machine',
    expect:
      'Times that it writes into objects are wrong. Waiting is not: leases and time-outs are measured by each process on its own clock.',
    options: { ms: number(300_000, -DAY_MS, DAY_MS) },
    lasts: true,
  },
  chaos: {
    title: 'Chaos',
    on: 'cluster',
    expect: 'One fault after the other, by dice: each is said, lasts for a while and heals again.',
    options: {
      seed: number(1, 0, 4_294_967_295),
      everyMs: number(30_000, 1_000, DAY_MS),
      kinds: { type: 'kinds' },
    },
    lasts: true,
  },
  'cloud-vm-gone': missing('virtual machines belong to the profile `cloud`, which this version does not have yet'),
  'cloud-api-error': missing('the API of a cloud belongs to the profile `cloud`, which this version does not have yet'),
};

function missing(why: string): FaultKind {
  return { title: '', on: 'cluster', expect: '', lasts: false, refused: why };
}

/** Kinds that something can be done with, by name. */
export const INJECTABLE: readonly string[] = Object.keys(FAULT_KINDS).filter((kind) => !FAULT_KINDS[kind]?.refused);

/** The fault with the defaults of its options. Throws a `FaultError` for an unknown kind or option, or a value out of range. */
export function completed(fault: Fault): Fault {
  const { kind } = fault;
  const known = Object.hasOwn(FAULT_KINDS, kind) ? FAULT_KINDS[kind] : undefined;
  if (known === undefined) throw new FaultError(`there is no fault named ${kind}; known are ${INJECTABLE.join(', ')}`);
  if (known.refused) throw new FaultError(`${kind} cannot be done: ${known.refused}`);
  const options: Record<string, FaultOption> = { ...known.options, inMs: IN_MS };
  if (known.lasts) options.forMs = FOR_MS;
  const whole: Record<string, unknown> = { ...fault };
  for (const name of Object.keys(fault)) {
    if (fault[name] === undefined) delete whole[name];
    else if (name in options) check(kind, name, options[name] as FaultOption, fault[name]);
    else if (name === 'forMs') throw new FaultError(`${kind} is over as soon as it has happened: it takes no forMs`);
    else if (name !== 'kind' && name !== 'target' && !(name === 'to' && known.on === 'sides'))
      throw new FaultError(`${kind} has no option named ${name}; it has ${Object.keys(options).join(', ')}`);
  }
  for (const name in options) {
    const standard = (options[name] as FaultOption).default;
    if (standard !== undefined) whole[name] ??= standard;
  }
  return whole as unknown as Fault;
}

function check(kind: string, name: string, { type, min = 0, max = 0, choices }: FaultOption, value: unknown): void {
  const wrong = (want: string): never => {
    const given = typeof value === 'number' ? value : JSON.stringify(value);
    throw new FaultError(`${kind}: ${name} must be ${want}, not ${given}`);
  };
  if (type === 'boolean' && typeof value !== 'boolean') wrong('true or false');
  if (type === 'number' && !(typeof value === 'number' && value >= min && value <= max))
    wrong(`a number from ${min} to ${max}`);
  if (type === 'choice' && !choices?.includes(value as string)) wrong(`one of ${choices?.join(', ')}`);
  if (type === 'kinds') {
    const isKind = (one: unknown): boolean => one !== 'chaos' && INJECTABLE.includes(one as string);
    if (!Array.isArray(value) || value.length === 0 || !value.every(isKind))
      wrong('a list of the names of faults other than chaos');
  }
}

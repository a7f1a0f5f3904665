import type { ActiveFault, Fault } from './door.ts';
import { INJECTABLE } from './fault-catalogue.ts';
import { COMPONENTS as CRASHABLE } from './fault-targets.ts';
import type { Kernel } from './kernel/kernel.ts';
import { draw, hash32, type Stream } from './kernel/random.ts';
import type { MachineConfig } from './machine/messages.ts';
import type { ContainerdState } from './runtime/state.ts';

/** A chaos under way: which fault it is, when it strikes next, and where its dice are. */
export interface Chaos {
  readonly id: string;
  readonly everyMs: number;
  readonly kinds: readonly string[];
  readonly at: number;
  readonly position: number;
}

/** What the cluster cannot come back from by healing is not left to chance. */
const KINDS = INJECTABLE.filter((kind) => kind !== 'chaos' && kind !== 'etcd-disk-loss');
const SHORTEST_MS = 5_000;
const LONGEST_MS = 90_000;
const COMPONENTS = new Set(Object.values(CRASHABLE));

export function beginChaos({ id, fault, since }: ActiveFault): Chaos {
  const { seed, everyMs, kinds = KINDS } = fault as Fault & { seed: number; everyMs: number; kinds?: string[] };
  return strikesNext({ id, everyMs, kinds, at: since, position: hash32('chaos', seed) | 0 }).chaos;
}

/** The fault that chaos makes now (undefined when it finds nothing to break), and the chaos afterwards. */
export function strike(chaos: Chaos, kernel: Kernel): { fault: Fault | undefined; chaos: Chaos } {
  const { stream, chaos: next } = strikesNext(chaos);
  const fault = randomFault(kernel, () => draw(stream), chaos.kinds);
  return { fault, chaos: { ...next, position: stream.position } };
}

function strikesNext(chaos: Chaos): { stream: Stream; chaos: Chaos } {
  const stream = { position: chaos.position };
  const at = chaos.at + Math.round(chaos.everyMs * (0.5 + draw(stream)));
  return { stream, chaos: { ...chaos, at, position: stream.position } };
}

/** A fault of one of the kinds, on something that exists, that heals by itself. The same dice make the same fault. */
export function randomFault(kernel: Kernel, random: () => number, kinds: readonly string[] = KINDS): Fault | undefined {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const kind = pick(kinds) ?? '';
  const fault = { kind, forMs: Math.round(SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS)) };
  const machines = [...kernel.machines.values()].filter(
    ({ powered, config }) => powered && (config as MachineConfig).role !== 'outside',
  );
  const target = pick(machines)?.name;
  if (target === undefined) return undefined;
  switch (kind) {
    case 'component-crash':
    case 'component-slow': {
      const address = pick([...kernel.processes.values()].filter((one) => COMPONENTS.has(one.component)))?.address;
      if (address === undefined) return undefined;
      if (kind === 'component-slow') return { ...fault, target: address, ms: Math.round(50 + random() * 3_000) };
      return { kind, target: address, ...(random() < 0.5 && { forMs: fault.forMs }) };
    }
    case 'partition':
    case 'link-latency':
    case 'message-drop': {
      const other = pick(machines)?.name;
      const to = other === target || random() < 0.5 ? {} : { to: [other as string] };
      if (kind === 'partition') return { ...fault, target: [target], ...to, ...(random() < 0.2 && { oneWay: true }) };
      if (kind === 'message-drop')
        return { ...fault, target: [target], ...to, rate: 0.05 + 0.05 * Math.floor(random() * 12) };
      return {
        ...fault,
        target: [target],
        ...to,
        ms: Math.round(20 + random() * 980),
        jitterMs: Math.round(random() * 200),
      };
    }
    case 'etcd-slow-disk':
    case 'etcd-disk-loss': {
      const member = pick([...kernel.processes.values()].filter(({ component }) => component === 'etcd'))?.address;
      if (member === undefined) return undefined;
      if (kind === 'etcd-disk-loss') return { kind, target: member };
      return { ...fault, target: member, fsyncMs: Math.round(20 + random() * 980) };
    }
    case 'container-crash':
    case 'container-oom':
    case 'probe-fail': {
      const runtime = kernel.state<ContainerdState>(`containerd@${target}`);
      const pods = [...(runtime?.sandboxes.values() ?? [])].filter(({ state }) => state === 'READY');
      const pod = pick(pods)?.config;
      if (pod === undefined) return undefined;
      const name = `${pod.namespace}/${pod.name}`;
      return kind === 'probe-fail' ? { ...fault, target: name } : { kind, target: name };
    }
    case 'image-pull-error':
      return fault;
    case 'clock-skew':
      return { ...fault, target, ms: Math.round((random() - 0.5) * 600_000) };
    default:
      return { ...fault, target };
  }
}

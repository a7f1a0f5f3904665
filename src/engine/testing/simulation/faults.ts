import type { Fault, FaultOption } from '../../door.ts';
import { FAULT_KINDS } from '../../fault-catalogue.ts';
import type { Dice } from './dice.ts';

/** What there is to break. */
export interface Parts {
  readonly machines: readonly string[];
  readonly workers: readonly string[];
  /** Addresses of etcd's members. */
  readonly members: readonly string[];
  /** Addresses of other processes that run by themselves. */
  readonly components: readonly string[];
}

const SHORTEST_MS = 500;
const LONGEST_MS = 300_000;

/** A fault of this kind, made from what the catalogue says of it; mostly with an end of its own. */
export function randomFault(dice: Dice, kind: string, parts: Parts): Fault {
  const { on, options = {}, lasts } = FAULT_KINDS[kind] as (typeof FAULT_KINDS)[string];
  const fault: Record<string, unknown> = { kind, ...randomTarget(dice, on, parts) };
  for (const [name, option] of Object.entries(options)) {
    const value = randomOption(dice, option);
    if (value !== undefined) fault[name] = value;
  }
  if (lasts && (on === 'cluster' || dice.chance(0.75))) fault.forMs = dice.spread(SHORTEST_MS, LONGEST_MS);
  return fault as unknown as Fault;
}

/** `pod 3` is for one of the pods that live when it happens. */
function randomTarget(dice: Dice, on: string, parts: Parts): Partial<Fault> {
  switch (on) {
    case 'machine':
      return { target: dice.pick(parts.machines) };
    case 'component':
      return { target: dice.pick(dice.chance(0.3) ? parts.members : parts.components) };
    case 'etcd':
      return { target: dice.pick(parts.members) };
    case 'pod':
      return { target: `pod ${dice.int(0, 99)}` };
    case 'image':
      return dice.chance(0.5) ? {} : { target: 'docker.io/library/nginx:1.27' };
    case 'sides':
      return sides(dice, parts);
    default:
      return {};
  }
}

function sides(dice: Dice, { machines, components, members }: Parts): Partial<Fault> {
  const names = dice.chance(0.7) ? machines : [...components, ...members];
  const target = dice.some(names, dice.int(1, Math.max(1, Math.floor(names.length / 2))));
  if (dice.chance(0.4)) return { target };
  const others = names.filter((name) => !target.includes(name));
  return others.length === 0 ? { target } : { target, to: dice.some(others, dice.int(1, others.length)) };
}

/** Around what is usual: a tenth of it to ten times as much. */
function randomOption(dice: Dice, { type, default: usual, min = 0, max = 1, choices }: FaultOption): unknown {
  switch (type) {
    case 'boolean':
      return dice.chance(0.3);
    case 'choice':
      return dice.chance(0.7) ? dice.pick(choices ?? []) : undefined;
    case 'number': {
      const middle = typeof usual === 'number' && usual > 0 ? usual : 100;
      // A clock that was far ahead makes a kubelet wait as long for the end of a back-off, as upstream's does.
      if (min < 0) return dice.spread(1_000, middle) * (dice.chance(0.3) ? -1 : 1);
      const size = middle < 1 ? middle * (0.1 + 2 * dice.next()) : dice.spread(Math.max(1, middle / 10), middle * 10);
      return Math.min(max, Math.max(min, size));
    }
    default:
      return undefined;
  }
}

import type { Pod } from '../../engine/api/generated/types.ts';
import { quantity } from '../shared/quantity.ts';
import { mirror } from '../store/mirror.ts';
import type { Rect } from './geometry.ts';
import type { MachineBox } from './layout.ts';
import { isSystemPodKey } from './pod-status.ts';
import { assignSlots, type PodGrid, podGrid, type Slots, slotRect } from './slots.ts';

export interface Seating {
  readonly workloads: Slots;
  readonly system: Slots;
}

interface Kept {
  keys: readonly string[];
  seating: Seating;
}

const EMPTY: Seating = { workloads: [], system: [] };
const kept = new Map<string, Kept>();

/** Who sits where on a node: for its card and for what flies to it. The same object until pods come or go. */
function seatingOf(node: string): Seating {
  const keys = mirror.podsOnNode(node);
  const before = kept.get(node);
  if (before?.keys === keys) return before.seating;
  const { workloads, system } = before?.seating ?? EMPTY;
  const seating = {
    workloads: assignSlots(
      workloads,
      keys.filter((key) => !isSystemPodKey(key)),
    ),
    system: assignSlots(system, keys.filter(isSystemPodKey)),
  };
  kept.set(node, { keys, seating });
  return seating;
}

export interface Seats {
  readonly area: Rect;
  readonly slots: Slots;
  readonly grid: PodGrid;
}

/** The two groups of pods on a card, with how they are drawn: workloads, and below them the cluster's own. */
export function seatsOf(box: MachineBox): { readonly workloads: Seats; readonly system: Seats | undefined } {
  const { workloads, system } = seatingOf(box.name);
  if (box.pods.height === 0) {
    const all = [...workloads, ...system];
    return { workloads: seats(box.system, all, 'icons'), system: undefined };
  }
  if (box.system.height === 0)
    return { workloads: seats(box.pods, [...workloads, ...system], 'dots'), system: undefined };
  return { workloads: seats(box.pods, workloads, 'chips'), system: seats(box.system, system, 'dots') };
}

function seats(area: Rect, slots: Slots, largest: 'chips' | 'icons' | 'dots'): Seats {
  return { area, slots, grid: podGrid(area, slots.length, largest) };
}

/** Where a pod is drawn on its node's card; the middle of the pods when they are too many to have places. */
export function placeOf(box: MachineBox, key: string): Rect {
  const { workloads, system } = seatsOf(box);
  for (const group of [workloads, system]) {
    const slot = group?.slots.indexOf(key) ?? -1;
    if (group !== undefined && slot >= 0)
      return slotRect(group.area, group.grid, group.grid.mode === 'density' ? 0 : slot);
  }
  return box.pods.height > 0 ? box.pods : box.system;
}

export interface Requested {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

const requests = new WeakMap<Pod, Requested>();

/** What the pods of a node have asked for, those that are over left out: what the scheduler counts. */
export function requestedOn(node: string): Requested {
  let cpuMillis = 0;
  let memoryBytes = 0;
  for (const key of mirror.podsOnNode(node)) {
    const pod = mirror.object<Pod>(key);
    if (pod === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    const asked = requestOf(pod);
    cpuMillis += asked.cpuMillis;
    memoryBytes += asked.memoryBytes;
  }
  return { cpuMillis, memoryBytes };
}

function requestOf(pod: Pod): Requested {
  let asked = requests.get(pod);
  if (asked === undefined) {
    asked = { cpuMillis: 0, memoryBytes: 0 };
    for (const { resources } of pod.spec?.containers ?? []) {
      asked = {
        cpuMillis: asked.cpuMillis + quantity(resources?.requests?.cpu) * 1000,
        memoryBytes: asked.memoryBytes + quantity(resources?.requests?.memory),
      };
    }
    requests.set(pod, asked);
  }
  return asked;
}

import type { NodeLifecycleState, Zone } from './state.ts';

/** `--node-eviction-rate`, `--secondary-node-eviction-rate`, `--unhealthy-zone-threshold`, `--large-cluster-size-threshold`. */
const RATE = 0.1;
const SECONDARY_RATE = 0.01;
const UNHEALTHY_SHARE = 0.55;
const LARGE_ZONE = 50;
const BURST = 1;

/** What a pass found out about the cluster as a whole: it stops or starts again to taint nodes. */
export type Disruption = 'none' | 'all-down' | 'over';

/**
 * Decides each zone's state and how fast its nodes may be tainted. When every zone is down, the fault is taken to be on
 * our side and nothing is evicted. Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (handleDisruption)
 */
export function updateZones(state: NodeLifecycleState, now: number): Disruption {
  const states = new Map<string, { state: Zone['state']; size: number }>();
  for (const value of state.nodes.indexValues('count')) {
    const zone = value.slice(0, value.lastIndexOf('/'));
    if (!states.has(zone)) states.set(zone, countZone(state, zone));
  }
  for (const zone of [...state.zones.keys()]) if (!states.has(zone)) state.zones.delete(zone);
  for (const zone of states.keys()) if (!state.zones.has(zone)) state.zones.set(zone, newZone(now));
  if (states.size === 0) return 'none';
  const isAllDown = [...states.values()].every((zone) => zone.state === 'FullDisruption');
  const wasAllDown = [...state.zones.values()].every((zone) => zone.state === 'FullDisruption');
  if (isAllDown && wasAllDown) return 'none';
  for (const [name, { state: next, size }] of states) {
    const zone = state.zones.get(name) as Zone;
    if (isAllDown) state.zones.set(name, { ...withRate(zone, 0, now), state: next });
    else if (wasAllDown || zone.state !== next)
      state.zones.set(name, { ...withRate(zone, rateOf(next, size), now), state: next });
  }
  if (isAllDown) return 'all-down';
  return wasAllDown ? 'over' : 'none';
}

export function newZone(now: number): Zone {
  return { state: 'Initial', qps: RATE, tokens: BURST, at: now };
}

function countZone(state: NodeLifecycleState, zone: string): { state: Zone['state']; size: number } {
  const ready = state.nodes.keysBy('count', `${zone}/ready`).size;
  const notReady = state.nodes.keysBy('count', `${zone}/notReady`).size;
  const size = ready + notReady;
  if (ready === 0 && notReady > 0) return { state: 'FullDisruption', size };
  if (notReady > 2 && notReady / size >= UNHEALTHY_SHARE) return { state: 'PartialDisruption', size };
  return { state: 'Normal', size };
}

function rateOf(state: Zone['state'], size: number): number {
  if (state !== 'PartialDisruption') return RATE;
  return size > LARGE_ZONE ? SECONDARY_RATE : 0;
}

function refill(zone: Zone, now: number): number {
  return Math.min(BURST, zone.tokens + ((now - zone.at) / 1000) * zone.qps);
}

/** A new limiter starts full, unless the old one was used up. */
function withRate(zone: Zone, qps: number, now: number): Zone {
  return { ...zone, qps, tokens: zone.qps > 0 && refill(zone, now) >= 1 ? BURST : 0, at: now };
}

/** Takes a token, or says after how many ms there is one; never, if the zone is stopped. */
export function takeToken(zone: Zone, now: number): { zone: Zone; waitMs: number } {
  const tokens = refill(zone, now);
  // Virtual time is rounded: a token that is due counts as there.
  if (zone.qps > 0 && tokens > 0.9999) return { zone: { ...zone, tokens: tokens - 1, at: now }, waitMs: 0 };
  const waitMs = zone.qps > 0 ? ((1 - tokens) / zone.qps) * 1000 : Number.POSITIVE_INFINITY;
  return { zone: { ...zone, tokens, at: now }, waitMs };
}

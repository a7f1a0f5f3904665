import type { Lease, Node, Pod } from '../../api/generated/types.ts';
import { fromRFC3339, toRFC3339 } from '../../api/time.ts';
import type { Involved } from '../../client/events.ts';
import { objectKey } from '../../client/informer.ts';
import { type Answer, type Call, isSuccess } from '../../client/messages.ts';
import type { Delta } from '../../client/state.ts';
import { type Controller, type ControllerContext, DONE, type Outcome } from '../controller.ts';
import { markPodNotReady, markUnknown } from './conditions.ts';
import {
  createState,
  GRACE_MS,
  healthOf,
  MONITOR_PERIOD_MS,
  type NodeLifecycleState,
  STARTUP_GRACE_MS,
  type Zone,
} from './state.ts';
import {
  hasTaint,
  NOT_READY,
  noExecuteTaints,
  noScheduleTaints,
  patchLabels,
  patchTaints,
  reachableTaints,
  readyStatus,
  UNREACHABLE,
} from './taints.ts';
import { newZone, takeToken, updateZones } from './zones.ts';

const LEASES = 'kube-node-lease';
/** How often upstream looks into the queues of nodes to taint (NodeEvictionPeriod). */
const TAINT_PERIOD_MS = 100;

/**
 * Notices nodes that fell silent, by the controller's own clock: sets their conditions to Unknown, their pods to not
 * ready, and taints them. Its keys are `<task>/<node>`: `schedule` (NoSchedule taints and labels follow a change at once),
 * `silent`, `pods`, `settle` (what each pass does for a node that is not ready, or ready again) and `execute` (the
 * NoExecute taint, when the zone's rate lets it through).
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go
 */
export const nodeLifecycleController: Controller<NodeLifecycleState> = {
  name: 'node-lifecycle-controller',
  serviceAccount: 'node-controller',
  eventSource: 'node-controller',
  watches: ['leases', 'nodes'],
  workers: 8,
  create: createState,
  start(state, context) {
    monitor(state, context);
  },
  observe(state, delta, context) {
    if (delta.informer === 'leases') observeLease(state, delta, context);
    else observeNode(state, delta, context);
  },
  timer(state, name, context) {
    if (name === 'monitor') monitor(state, context);
    else releaseWaiting(state, context);
  },
  sync(state, key, context) {
    const slash = key.indexOf('/');
    const name = key.slice(slash + 1);
    const node = context.store<Node>('nodes').get(name);
    if (node === undefined) return DONE;
    switch (key.slice(0, slash)) {
      case 'schedule':
        return schedule(node, context);
      case 'silent':
        return silence(state, node, context);
      case 'pods':
        return markPods(state, name, context);
      case 'settle':
        return settle(state, node, context);
      default:
        return ask(taintCall(node, noExecuteTaints(node, toRFC3339(context.wallNow))));
    }
  },
  resume(state, key, progress, answers, context) {
    const slash = key.indexOf('/');
    const name = key.slice(slash + 1);
    if (key.startsWith('pods/')) return podsMarked(progress as readonly string[], answers, context);
    const [answer] = answers as [Answer];
    if (answer.status === 404) return DONE;
    if (!isSuccess(answer)) return { retry: String(answer.status) };
    if (progress === 'True') {
      const node = context.store<Node>('nodes').get(name);
      if (node) context.event(involved(node), 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      context.enqueue(`pods/${name}`);
    }
    const node = answer.body as Node;
    return settle(state, node, context);
  },
  view: (state) => ({
    nodes: state.nodes.size,
    silent: [...state.silent.keys()].slice(0, 20),
    waiting: [...state.waiting.keys()].slice(0, 20),
    zones: Object.fromEntries(
      [...state.zones.entries()].map(([name, { state: is, qps }]) => [name, { state: is, qps }]),
    ),
  }),
};

/** The hottest message of a quiet cluster: a renewed node goes to the end of the queue, and that is all. */
function observeLease(state: NodeLifecycleState, delta: Delta, context: ControllerContext): void {
  const lease = delta.object as Lease;
  if (lease.metadata.namespace !== LEASES || delta.type === 'delete') return;
  const old = delta.type === 'update' ? (delta.old as Lease) : undefined;
  if (old?.spec.renewTime === lease.spec.renewTime) return;
  heard(state, lease.metadata.name, context);
}

function heard(state: NodeLifecycleState, name: string, { now, wallNow }: ControllerContext): void {
  const seenAt = state.clock.get('nextPass') ?? now;
  if (state.heartbeats.delete(name) !== undefined || state.silent.delete(name) !== undefined)
    state.heartbeats.set(name, seenAt);
  else if (state.starting.delete(name) !== undefined) state.starting.set(name, seenAt - now + wallNow);
}

function observeNode(state: NodeLifecycleState, delta: Delta, context: ControllerContext): void {
  const node = delta.object as Node;
  const { name } = node.metadata;
  if (delta.type === 'delete') {
    if (state.arrived.delete(name) === undefined) state.departed.set(name, node.metadata.uid ?? '');
    for (const table of [state.nodes, state.heartbeats, state.starting, state.silent, state.waiting])
      table.delete(name);
    return;
  }
  const health = healthOf(node);
  const old = state.nodes.get(name);
  if (old === undefined || Object.keys(health).some((key) => old[key as 'zone'] !== health[key as 'zone'])) {
    state.nodes.set(name, health);
  }
  if (old === undefined) state.arrived.set(name, node.metadata.uid ?? '');
  // Its turn would change nothing; upstream lets it wait until the next pass.
  if (health.ready === 'True') stopWaiting(state, name, context);
  const seenAt = state.clock.get('nextPass') ?? context.now;
  if (health.ready === '') {
    if (old === undefined) state.starting.set(name, fromRFC3339(node.metadata.creationTimestamp ?? ''));
  } else if (old === undefined || state.starting.delete(name) !== undefined) {
    state.heartbeats.set(name, seenAt);
  } else if (delta.old !== undefined && heartbeatOf(delta.old as Node) !== heartbeatOf(node)) {
    heard(state, name, context);
  }
  context.enqueue(`schedule/${name}`);
}

function heartbeatOf(node: Node): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === 'Ready')?.lastHeartbeatTime;
}

/** One pass: looks at the nodes that are overdue and at those that are not ready, never at all of them. */
function monitor(state: NodeLifecycleState, context: ControllerContext): void {
  const { now } = context;
  context.setTimer('monitor', MONITOR_PERIOD_MS, { periodic: true });
  state.clock.set('nextPass', now + MONITOR_PERIOD_MS);
  announce(state, context);
  for (const name of overdue(state.heartbeats, now - GRACE_MS, true)) fallSilent(state, name, context);
  for (const name of overdue(state.starting, context.wallNow - STARTUP_GRACE_MS, false))
    fallSilent(state, name, context);
  for (const name of state.nodes.keysBy('unsettled', 'yes')) context.enqueue(`settle/${name}`);
  const disruption = updateZones(state, now);
  // Only when all is lost, or all is over, every node is looked at.
  if (disruption === 'all-down') {
    state.waiting.clear();
    for (const name of state.nodes.keys()) context.enqueue(`settle/${name}`);
  }
  if (disruption === 'over') for (const name of [...state.heartbeats.keys()]) state.heartbeats.set(name, now);
  armRelease(state, context);
}

function announce(state: NodeLifecycleState, context: ControllerContext): void {
  for (const [name, uid] of state.arrived.entries()) {
    const message = `Node ${name} event: Registered Node ${name} in Controller`;
    context.event({ apiVersion: 'v1', kind: 'Node', name, uid }, 'Normal', 'RegisteredNode', message);
  }
  for (const [name, uid] of state.departed.entries()) {
    const message = `Node ${name} event: Removing Node ${name} from Controller`;
    context.event({ apiVersion: 'v1', kind: 'Node', name, uid }, 'Normal', 'RemovingNode', message);
  }
  state.arrived.clear();
  state.departed.clear();
}

/** Takes out what is overdue; heartbeats are in order, so that the first one in time ends the search. */
function* overdue(times: NodeLifecycleState['heartbeats'], latest: number, isInOrder: boolean): Generator<string> {
  for (const [name, at] of times.entries()) {
    if (at <= latest) {
      times.delete(name);
      yield name;
    } else if (isInOrder) return;
  }
}

function fallSilent(state: NodeLifecycleState, name: string, context: ControllerContext): void {
  state.silent.set(name, true);
  const health = state.nodes.get(name);
  // The zone counts it in the same pass, before the API has the new condition.
  if (health) state.nodes.set(name, { ...health, ready: 'Unknown', isUnsettled: true });
  context.enqueue(`silent/${name}`);
}

/** Follows conditions and `spec.unschedulable` with NoSchedule taints, and labels with their old names. */
function schedule(node: Node, context: ControllerContext): Outcome {
  const taints = noScheduleTaints(node, toRFC3339(context.wallNow));
  const calls = [taints && patchTaints(node, taints), patchLabels(node)].filter((what) => what !== undefined);
  return calls.length > 0 ? { calls } : DONE;
}

function silence(state: NodeLifecycleState, node: Node, context: ControllerContext): Outcome {
  const { name } = node.metadata;
  if (!state.silent.has(name)) {
    state.nodes.set(name, healthOf(node));
    return DONE;
  }
  const what = markUnknown(node, toRFC3339(context.wallNow));
  return what ? { calls: [what], progress: readyStatus(node) } : settle(state, node, context);
}

/** Sets the pods of a silent node to not ready: their endpoints leave the slices. */
function markPods(state: NodeLifecycleState, name: string, context: ControllerContext): Outcome {
  if (state.nodes.get(name)?.ready === 'True') return DONE;
  const calls: Call[] = [];
  const keys: string[] = [];
  for (const pod of context.store<Pod>('pods').by('node', name)) {
    const what = markPodNotReady(pod, toRFC3339(context.wallNow));
    if (what === undefined) continue;
    calls.push(what);
    keys.push(objectKey(pod));
  }
  return calls.length > 0 ? { calls, progress: keys } : DONE;
}

function podsMarked(keys: readonly string[], answers: readonly Answer[], context: ControllerContext): Outcome {
  let retry: string | undefined;
  answers.forEach((answer, i) => {
    const pod = context.store<Pod>('pods').get(keys[i] as string);
    if (isSuccess(answer)) {
      if (pod) context.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } else if (answer.status !== 404) retry = String(answer.status);
  });
  return retry === undefined ? DONE : { retry };
}

/** Queues a node for its NoExecute taint, swaps it, or takes it off. Source: same file (processTaintBaseEviction) */
function settle(state: NodeLifecycleState, node: Node, context: ControllerContext): Outcome {
  const { name } = node.metadata;
  const ready = readyStatus(node);
  const isStopped = [...state.zones.values()].every((zone) => zone.state === 'FullDisruption') && state.zones.size > 0;
  if (ready === 'True' || isStopped) {
    stopWaiting(state, name, context);
    return ask(taintCall(node, reachableTaints(node)));
  }
  const [wanted, opposite] = ready === 'False' ? [NOT_READY, UNREACHABLE] : [UNREACHABLE, NOT_READY];
  if (hasTaint(node, opposite, 'NoExecute'))
    return ask(taintCall(node, noExecuteTaints(node, toRFC3339(context.wallNow))));
  if (ready !== '' && !hasTaint(node, wanted, 'NoExecute') && !state.waiting.has(name)) {
    state.waiting.set(name, { zone: state.nodes.get(name)?.zone ?? '' });
    armRelease(state, context);
  }
  return DONE;
}

function stopWaiting(state: NodeLifecycleState, name: string, context: ControllerContext): void {
  if (state.waiting.delete(name) !== undefined) armRelease(state, context);
}

function taintCall(node: Node, taints: ReturnType<typeof reachableTaints>): Call | undefined {
  return taints && patchTaints(node, taints);
}

function ask(what: Call | undefined): Outcome {
  return what ? { calls: [what] } : DONE;
}

/** Lets nodes through as fast as their zone's rate allows. */
function releaseWaiting(state: NodeLifecycleState, context: ControllerContext): void {
  for (const zone of [...state.waiting.indexValues('zone')]) {
    for (const name of [...state.waiting.keysBy('zone', zone)]) {
      const taken = takeToken(state.zones.get(zone) ?? newZone(context.now), context.now);
      state.zones.set(zone, taken.zone);
      if (taken.waitMs > 0) break;
      state.waiting.delete(name);
      context.enqueue(`execute/${name}`);
    }
  }
  armRelease(state, context);
}

function armRelease(state: NodeLifecycleState, context: ControllerContext): void {
  let waitMs = Number.POSITIVE_INFINITY;
  for (const name of state.waiting.indexValues('zone')) {
    const zone: Zone = state.zones.get(name) ?? newZone(context.now);
    waitMs = Math.min(waitMs, takeToken(zone, context.now).waitMs);
  }
  if (waitMs === Number.POSITIVE_INFINITY) context.cancelTimer('taint');
  else context.setTimer('taint', Math.max(waitMs, TAINT_PERIOD_MS), { periodic: false });
}

function involved(node: Node): Involved {
  return { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid };
}

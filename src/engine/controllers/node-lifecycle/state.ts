import type { Node } from '../../api/generated/types.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { hasTaint, isLeftOut, NOT_READY, readyStatus, UNREACHABLE } from './taints.ts';

/** `--node-monitor-period`. */
export const MONITOR_PERIOD_MS = 5_000;
/** `--node-monitor-grace-period`. */
export const GRACE_MS = 50_000;
/** `--node-startup-grace-period`: for nodes whose kubelet has not reported yet. */
export const STARTUP_GRACE_MS = 60_000;

/** What the decisions need of one node. */
export interface NodeHealth {
  readonly zone: string;
  /** Status of its Ready condition; '' without one. */
  readonly ready: string;
  /** Does not count when its zone's state is decided. */
  readonly isLeftOut: boolean;
  /** Not ready, or ready but still tainted: the next pass looks at it. */
  readonly isUnsettled: boolean;
}

export interface Zone {
  readonly state: 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption';
  /** Nodes per second that may get a NoExecute taint. */
  readonly qps: number;
  readonly tokens: number;
  readonly at: number;
}

export interface NodeLifecycleState {
  readonly nodes: Table<NodeHealth>;
  /** When each node was last known to live, oldest first: only the first ones can be overdue. */
  readonly heartbeats: Table<number>;
  /** The same for nodes whose kubelet has not reported yet, by the machine's clock as their creation is. */
  readonly starting: Table<number>;
  /** Nodes that were overdue and have not been heard of since. */
  readonly silent: Table<true>;
  /** Came and went since the last pass: name to uid. */
  readonly arrived: Table<string>;
  readonly departed: Table<string>;
  readonly zones: Table<Zone>;
  /** Nodes that wait for their NoExecute taint, per zone in order. */
  readonly waiting: Table<{ readonly zone: string }>;
  /** `nextPass`: when the monitor looks next. A sign of life counts from the pass that finds it. */
  readonly clock: Table<number>;
}

const newNodes = defineTable<NodeHealth>('node-lifecycle/nodes', {
  // Counted per zone and status, without those that are left out.
  count: (node) => (node.isLeftOut ? undefined : `${node.zone}/${node.ready === 'True' ? 'ready' : 'notReady'}`),
  unsettled: (node) => (node.isUnsettled ? 'yes' : undefined),
});
const newTimes = defineTable<number>('node-lifecycle/times');
const newFlags = defineTable<true>('node-lifecycle/flags');
const newTexts = defineTable<string>('node-lifecycle/uids');
const newZones = defineTable<Zone>('node-lifecycle/zones');
const newWaiting = defineTable<{ readonly zone: string }>('node-lifecycle/waiting', { zone: (row) => row.zone });

export function createState(): NodeLifecycleState {
  return {
    nodes: newNodes(),
    heartbeats: newTimes(),
    starting: newTimes(),
    silent: newFlags(),
    arrived: newTexts(),
    departed: newTexts(),
    zones: newZones(),
    waiting: newWaiting(),
    clock: newTimes(),
  };
}

const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';

export function healthOf(node: Node): NodeHealth {
  const labels = node.metadata.labels ?? {};
  const ready = readyStatus(node);
  const isTainted = hasTaint(node, NOT_READY, 'NoExecute') || hasTaint(node, UNREACHABLE, 'NoExecute');
  return {
    zone: `${labels[REGION] ?? ''}:${labels[ZONE] ?? ''}`,
    ready,
    isLeftOut: isLeftOut(node),
    isUnsettled: ready === '' ? false : ready !== 'True' || isTainted,
  };
}

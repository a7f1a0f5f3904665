import type { Node, NodeCondition, NodeStatus } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { deepEqual } from '../api/share.ts';
import type { Answer } from '../client/index.ts';
import { after, ask, type Kubelet, nodeEvent, PATCH_TYPE } from './kubelet.ts';
import { startLease } from './lease.ts';
import { bootID, initialNode, nodeStatus, wantedConditions } from './node-content.ts';
import type { KubeletConfig } from './state.ts';
import { ensureMirror } from './static-pods.ts';

/** nodeStatusUpdateFrequency and nodeStatusReportFrequency. Source: pkg/kubelet/apis/config/v1beta1/defaults.go */
export const UPDATE_MS = 10_000;
const REPORT_MS = 300_000;
const MAX_REGISTER_DELAY_MS = 7_000;

const nodePath = ({ name }: Pick<KubeletConfig, 'name'>, sub = ''): string => `/api/v1/nodes/${name}${sub}`;

// --- registration -------------------------------------------------------------------------------------------------

/** Source: pkg/kubelet/kubelet_node_status.go (registerWithAPIServer) */
export function registerNode(k: Kubelet): void {
  const { node } = k.state;
  if (node.registered || node.registering) return;
  node.registering = true;
  ask(k, { method: 'POST', path: '/api/v1/nodes', body: initialNode(k) }, { to: 'node', uid: 'create' });
}

export function registrationAnswered(k: Kubelet, what: string, answer: Answer): void {
  const { config, kept } = k.state;
  const { node } = k.state;
  node.registering = false;
  if (answer.status === 409 && what === 'create') {
    node.registering = true;
    ask(k, { method: 'GET', path: nodePath(config) }, { to: 'node', uid: 'get' });
    return;
  }
  if (answer.status !== 200 && answer.status !== 201) {
    after(k, 'register', node.registerDelayMs, true);
    node.registerDelayMs = Math.min(2 * node.registerDelayMs, MAX_REGISTER_DELAY_MS);
    return;
  }
  const stored = answer.body as Node;
  node.registered = true;
  kept.set('node', stored as KubernetesObject);
  nodeEvent(k, 'Normal', 'Starting', 'Starting kubelet.');
  const old = stored.status?.nodeInfo?.bootID;
  const boot = bootID(config);
  if (what === 'get' && old !== undefined && old !== boot) {
    nodeEvent(k, 'Warning', 'Rebooted', `Node ${config.name} has been rebooted, boot id: ${boot}`);
  }
  const is = (reason: string): void => nodeEvent(k, 'Normal', reason, `Node ${config.name} status is now: ${reason}`);
  is('NodeHasSufficientMemory');
  is('NodeHasNoDiskPressure');
  is('NodeHasSufficientPID');
  nodeEvent(k, 'Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
  startLease(k);
  after(k, 'node-report', REPORT_MS, true);
  sendNodeStatus(k);
  for (const worker of k.state.pods.values()) if (worker.isStatic) ensureMirror(k, worker);
}

// --- status -------------------------------------------------------------------------------------------------------

/**
 * The node's status differs, or may differ, from what was sent: it goes out with the next update, or at once while the
 * node has never been ready.
 */
export function nodeChanged(k: Kubelet): void {
  const { startedAt } = k.state;
  const { node } = k.state;
  if (!node.registered) return;
  if (!node.everReady) {
    sendNodeStatus(k);
    return;
  }
  const since = k.env.now - startedAt;
  const next = (Math.floor(since / UPDATE_MS) + 1) * UPDATE_MS - since;
  after(k, 'node-status', next);
}

export function sendNodeStatus(k: Kubelet): void {
  const { state, env } = k;
  const { kept, config } = state;
  const { node } = k.state;
  const stored = kept.get('node') as Node | undefined;
  if (!node.registered || stored === undefined) return;
  if (node.statusUnderWay) {
    node.statusAgain = true;
    return;
  }
  const wanted = nodeStatus(k, stored.status);
  const old = stored.status?.conditions ?? [];
  const isSame =
    (wanted.conditions ?? []).every(({ type, status, reason, message }) =>
      old.some((one) => one.type === type && one.status === status && one.reason === reason && one.message === message),
    ) &&
    deepEqual(stored.status?.images ?? [], wanted.images) &&
    deepEqual(stored.status?.nodeInfo, wanted.nodeInfo) &&
    deepEqual(stored.status?.capacity, wanted.capacity);
  if (isSame && env.now - node.reportedAt < REPORT_MS && node.reportedAt !== 0) return;
  const { conditions = [], images, ...rest } = wanted;
  const others = old.filter(({ type }) => !conditions.some((one) => one.type === type));
  const status: Record<string, unknown> = {
    '$setElementOrder/conditions': [...others, ...conditions].map(({ type }) => ({ type })),
    conditions,
  };
  if (!deepEqual(stored.status?.images ?? [], images)) status.images = images;
  for (const [field, value] of Object.entries(rest)) {
    if (field !== 'addresses' && !deepEqual(stored.status?.[field as keyof NodeStatus], value)) status[field] = value;
  }
  node.statusUnderWay = true;
  node.reportedAt = env.now;
  conditionEvents(k, old, conditions);
  const path = nodePath(config, '/status');
  ask(k, { method: 'PATCH', path, contentType: PATCH_TYPE, body: { status } }, { to: 'node-status', uid: '' });
}

function conditionEvents(k: Kubelet, old: readonly NodeCondition[], conditions: readonly NodeCondition[]): void {
  const { config } = k.state;
  const { node } = k.state;
  for (const { type, status, reason = '' } of conditions) {
    const before = old.find((one) => one.type === type)?.status;
    if (before === status) continue;
    const word =
      type === 'Ready' ? (status === 'True' ? 'NodeReady' : 'NodeNotReady') : reason.replace('Kubelet', 'Node');
    nodeEvent(k, 'Normal', word, `Node ${config.name} status is now: ${word}`);
    if (word === 'NodeReady') node.everReady = true;
  }
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) node.everReady = true;
}

export function nodeStatusAnswered(k: Kubelet, answer: Answer): void {
  const { node } = k.state;
  node.statusUnderWay = false;
  if (answer.status === 200) {
    keepNode(k, answer.body as Node);
    if (node.statusAgain) {
      node.statusAgain = false;
      sendNodeStatus(k);
    }
  } else if (answer.status !== 404) {
    after(k, 'node-status', UPDATE_MS, true);
  }
}

/** The periodic report, so that the controllers know that the kubelet means what it said. */
export function reportNode(k: Kubelet): void {
  after(k, 'node-report', REPORT_MS, true);
  sendNodeStatus(k);
}

function keepNode(k: Kubelet, node: Node): void {
  const { kept } = k.state;
  const old = kept.get('node');
  const isSame = old?.metadata.uid === node.metadata.uid;
  if (isSame && Number(node.metadata.resourceVersion) < Number(old?.metadata.resourceVersion)) return;
  kept.set('node', node as KubernetesObject);
}

/** The Node was changed, by this kubelet or by somebody else. */
export function nodeObserved(k: Kubelet, node: Node, old: Node | undefined): void {
  if (!k.state.node.registered) return;
  keepNode(k, node);
  const { name } = k.state.config;
  const was = old?.spec?.unschedulable === true;
  const is = node.spec?.unschedulable === true;
  if (old && was !== is) {
    const word = is ? 'NodeNotSchedulable' : 'NodeSchedulable';
    nodeEvent(k, 'Normal', word, `Node ${name} status is now: ${word}`);
  }
  if (k.state.node.statusUnderWay || node.status === old?.status) return;
  const wanted = wantedConditions(k);
  const differs = (node.status?.conditions ?? []).some(({ type, status }) =>
    wanted.some(([wantedType, wantedStatus]) => wantedType === type && wantedStatus !== status),
  );
  if (differs) nodeChanged(k);
}

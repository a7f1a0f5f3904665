import type { Node } from '../../api/generated/types.ts';
import { type Answer, isSuccess } from '../../client/messages.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { type Controller, type ControllerContext, DONE, type Outcome } from '../controller.ts';
import { blockIndex, formatBlock, parseRange, type Range } from './cidr.ts';

interface NodeIpamState {
  /** Node that has each block, by the block's number; '' for those that Services use. */
  readonly used: Table<string>;
  /** Block of each node. */
  readonly blocks: Table<number>;
  /** `next`: the block after the last one that was handed out. */
  readonly clock: Table<number>;
}

const newUsed = defineTable<string>('node-ipam/used');
const newNumbers = defineTable<number>('node-ipam/numbers');
/** `--node-cidr-mask-size` 24. */
const BLOCK = 256;

/**
 * Gives every node a part of the cluster's pod network, one after the other. Keys are nodes.
 * Source: pkg/controller/nodeipam/ipam/range_allocator.go
 */
export const nodeIpamController: Controller<NodeIpamState> = {
  name: 'node-ipam-controller',
  serviceAccount: 'node-controller',
  eventSource: 'cidrAllocator',
  watches: ['nodes'],
  workers: 30,
  create: () => ({ used: newUsed(), blocks: newNumbers(), clock: newNumbers() }),
  observe(state, { object, type }, context) {
    const range = clusterRange(context);
    if (range === undefined) return;
    const { name } = object.metadata;
    const cidr = (object as Node).spec.podCIDR;
    if (type === 'delete') release(state, name);
    else if (cidr !== undefined) occupy(state, range, name, cidr);
    else context.enqueue(name);
  },
  sync(state, key, context) {
    const node = context.store<Node>('nodes').get(key);
    const range = clusterRange(context);
    if (node === undefined || range === undefined || node.spec.podCIDR !== undefined) return DONE;
    const block = state.blocks.get(key) ?? nextBlock(state, range, context);
    if (block === undefined) {
      report(node, 'CIDRNotAvailable', context);
      return { retry: 'CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range' };
    }
    take(state, key, block);
    const podCIDR = formatBlock(range, block, BLOCK);
    const body = { spec: { podCIDR, podCIDRs: [podCIDR] } };
    const contentType = 'application/strategic-merge-patch+json';
    return { calls: [{ method: 'PATCH', path: `/api/v1/nodes/${key}`, contentType, body }], progress: podCIDR };
  },
  resume: (state, key, _progress, [answer], context) => afterPatch(state, key, answer as Answer, context),
  view: (state) => ({ used: state.used.size, next: state.clock.get('next') ?? 0 }),
};

function afterPatch(state: NodeIpamState, key: string, answer: Answer, context: ControllerContext): Outcome {
  if (isSuccess(answer)) return DONE;
  if (answer.status === 404) {
    release(state, key);
    return DONE;
  }
  // Without an answer the write may have happened: the block stays the node's.
  if (answer.status !== 0) release(state, key);
  const node = context.store<Node>('nodes').get(key);
  if (node) report(node, 'CIDRAssignmentFailed', context);
  return { retry: String(answer.status) };
}

function report(node: Node, reason: string, context: ControllerContext): void {
  const { name, uid } = node.metadata;
  context.event(
    { apiVersion: 'v1', kind: 'Node', name, uid },
    'Normal',
    reason,
    `Node ${name} status is now: ${reason}`,
  );
}

function clusterRange(context: ControllerContext): Range | undefined {
  const { clusterCIDR } = context.config;
  return clusterCIDR === undefined ? undefined : parseRange(clusterCIDR);
}

/** The next free block after the last one, from the start again at the end; undefined when there is none. */
function nextBlock(state: NodeIpamState, range: Range, context: ControllerContext): number | undefined {
  if (!state.clock.has('next')) reserveServices(state, range, context);
  const count = range.size / BLOCK;
  if (state.used.size >= count) return undefined;
  let block = state.clock.get('next') ?? 0;
  while (state.used.has(String(block))) block = (block + 1) % count;
  state.clock.set('next', (block + 1) % count);
  return block;
}

function reserveServices(state: NodeIpamState, range: Range, context: ControllerContext): void {
  state.clock.set('next', 0);
  const services = parseRange(context.config.serviceCIDR ?? '');
  if (services === undefined) return;
  for (let at = services.first; at < services.first + services.size; at += BLOCK) {
    const block = blockIndex(range, { first: at, size: BLOCK }, BLOCK);
    if (block !== undefined) state.used.set(String(block), '');
  }
}

function occupy(state: NodeIpamState, range: Range, name: string, cidr: string): void {
  const at = parseRange(cidr);
  const block = at && blockIndex(range, at, BLOCK);
  if (block === undefined || state.blocks.get(name) === block) return;
  release(state, name);
  take(state, name, block);
}

function take(state: NodeIpamState, name: string, block: number): void {
  state.blocks.set(name, block);
  state.used.set(String(block), name);
}

function release(state: NodeIpamState, name: string): void {
  const block = state.blocks.delete(name);
  if (block !== undefined && state.used.get(String(block)) === name) state.used.delete(String(block));
}

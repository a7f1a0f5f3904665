import { expect, test } from 'vitest';
import type { EndpointSlice, Lease, Node, NodeCondition, Pod, Service } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339Micro } from '../api/time.ts';
import trace from '../testdata/golden/traces/death.jsonl?raw';
import { endpointSliceController } from './endpointslice/index.ts';
import { nodeLifecycleController } from './node-lifecycle/index.ts';
import { taintEvictionController } from './taint-eviction/index.ts';
import { nodeOf, podOf, World } from './test-world.ts';

interface Change {
  readonly t: number;
  readonly type: string;
  readonly kind: string;
  readonly name: string;
  readonly node?: string;
  readonly deleting?: boolean;
  readonly ready?: unknown;
  readonly conditions?: string[];
  readonly taints?: { key: string; effect: string }[];
  readonly reason?: string;
  readonly message?: string;
  readonly from?: string;
  readonly on?: string;
  readonly endpoints?: { c: { ready: boolean; serving: boolean; terminating: boolean }; target: string }[];
}

const golden: Change[] = trace
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const VICTIMS = ['web-5974c5bb9c-hrc45', 'web-5974c5bb9c-wqtcp'];

/** What was recorded from shortly before the node was given up until its pods were being deleted. */
const recorded = golden.filter(({ t, kind, name, on, endpoints }) => {
  if (t < 60 || t > 367.3) return false;
  if (kind === 'events') return VICTIMS.some((victim) => on === `Pod/${victim}`) || on === 'Node/node-b';
  if (kind === 'endpointslices') return endpoints !== undefined;
  return name === 'node-b' || VICTIMS.includes(name);
});

function describe(change: Change): string {
  const { kind, taints = [], ready, conditions = [], reason, message, from, endpoints = [], deleting } = change;
  if (kind === 'events') return `event ${from} ${reason}: ${message}`;
  if (kind === 'nodes')
    return `node ${String(ready)} ${conditions.join()} ${taints.map(({ key, effect }) => `${key}:${effect}`).join()}`;
  if (kind === 'pods') return `pod ready=${String(ready)} ${conditions.join()} deleting=${deleting}`;
  return endpoints.map(({ c }) => [c.ready, c.serving, c.terminating].map(Number).join('')).join(' ');
}

/** The story of one object, change by change. */
const story = (changes: readonly Change[], about: (change: Change) => boolean) => changes.filter(about).map(describe);

class Recorder extends World {
  readonly changes: Change[] = [];

  override put<T extends KubernetesObject>(object: T): T {
    const stored = super.put(object);
    const common = {
      t: this.now / 1000,
      type: 'MODIFIED',
      kind: `${object.kind.toLowerCase()}s`,
      name: object.metadata.name,
    };
    if (object.kind === 'Node') {
      const { spec, status } = stored as unknown as Node;
      const first = status?.conditions?.[0] as NodeCondition;
      const conditions = status?.conditions?.map((one) => `${one.type}=${one.status}`);
      this.changes.push({
        ...common,
        taints: spec.taints,
        conditions,
        ready: [`${first.status} ${first.reason}: ${first.message}`],
      });
    } else if (object.kind === 'Pod') {
      const { status, metadata } = stored as unknown as Pod;
      const conditions = status?.conditions?.map((one) => `${one.type}=${one.status} ${one.reason ?? ''}`);
      const ready = status?.conditions?.find((one) => one.type === 'Ready')?.status;
      this.changes.push({ ...common, ready, conditions, deleting: metadata.deletionTimestamp !== undefined });
    } else if (object.kind === 'EndpointSlice') {
      const { endpoints } = stored as unknown as EndpointSlice;
      const seen = endpoints.map(({ conditions, targetRef }) => ({
        c: conditions as never,
        target: targetRef?.name as string,
      }));
      this.changes.push({ ...common, endpoints: seen });
    }
    return stored;
  }
}

test('the death of a node, as recorded from a real control plane', () => {
  const world = new Recorder([nodeLifecycleController, taintEvictionController, endpointSliceController]);
  for (const name of ['node-a', 'node-b', 'node-c']) world.put(nodeOf(name));
  const spec = { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] };
  world.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'death' }, spec } as Service);
  const tolerations = ['not-ready', 'unreachable'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }));
  const last = golden.findLast(({ t, kind }) => kind === 'endpointslices' && t < 60)?.endpoints ?? [];
  last.forEach(({ target }, i) => {
    const node = golden.find(({ name, node: on }) => name === target && on !== undefined)?.node;
    world.put(podOf(target, { node, ip: `10.244.1.${i}`, metadata: { namespace: 'death' }, spec: { tolerations } }));
  });
  world.start();
  world.run();
  const renew = (name: string) =>
    world.put({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { renewTime: toRFC3339Micro(world.now) },
    } as Lease);
  world.changes.length = 0;
  world.events.length = 0;
  for (let t = 0; t < 360_000; t += 10_000) {
    for (const name of t === 0 ? ['node-a', 'node-b', 'node-c'] : ['node-a', 'node-c']) renew(name);
    world.advance(10_000);
  }

  expect(recorded.length).toBeGreaterThan(15);
  const isNode = ({ kind }: Change) => kind === 'nodes';
  expect(story(world.changes, isNode)).toEqual(story(recorded, isNode));
  for (const victim of VICTIMS) {
    const isVictim = ({ kind, name }: Change) => kind === 'pods' && name === victim;
    expect(story(world.changes, isVictim)).toEqual(story(recorded, isVictim));
    const events = recorded
      .filter(({ on }) => on === `Pod/${victim}`)
      .map(({ reason, message }) => `${reason} Pod/${victim} ${message}`);
    expect(world.events.filter((event) => event.includes(`Pod/${victim}`))).toEqual(events);
  }
  expect(world.events).toContain('NodeNotReady Node/node-b Node node-b status is now: NodeNotReady');
  // Two changes may meet in one write, or the two pods in the other order: the ends of both waves are the same.
  const waves = (changes: readonly Change[]) =>
    [100, 400].map((until) => {
      const slice = changes.findLast(({ kind, t }) => kind === 'endpointslices' && t < until);
      return slice?.endpoints?.map(({ target, c }) => `${target} ${JSON.stringify(c)}`).sort();
    });
  expect(waves(world.changes)).toEqual(waves(recorded));
  // From not ready to the deletion of the pods: 300 s from the NoExecute taint.
  const at = (changes: readonly Change[], found: (change: Change) => boolean) => changes.find(found)?.t ?? Number.NaN;
  const isTainted = ({ taints }: Change) => taints?.some(({ effect }) => effect === 'NoExecute') ?? false;
  const isDeleted = ({ deleting }: Change) => deleting === true;
  const wait = (changes: readonly Change[]) => at(changes, isDeleted) - at(changes, isTainted);
  expect(wait(world.changes)).toBeCloseTo(wait(recorded), 0);
});

import { expect, test } from 'vitest';
import type { Node, Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { objectKey } from '../client/informer.ts';
import type { ApiRequest, WatchEvent } from '../client/messages.ts';
import { type Definitions, Kernel } from '../kernel/kernel.ts';
import { digestOf, restoreSnapshot, takeSnapshot } from '../kernel/snapshot.ts';
import { defineSnapshotClass } from '../kernel/snapshot-class.ts';
import { type Address, type Body, type Effect, type Env, type Message, send } from '../kernel/types.ts';
import { definition, type SchedulerConfig, type SchedulerState, schedulingDecision } from './index.ts';

interface Watcher {
  readonly to: Address;
  readonly watchId: number;
  readonly collection: string;
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  Node: '/api/v1/nodes',
  Pod: '/api/v1/pods',
  Namespace: '/api/v1/namespaces',
  Service: '/api/v1/services',
  ReplicaSet: '/apis/apps/v1/replicasets',
};

/** An API server that stores what it is given, binds pods, and writes down what it was asked. */
class StubServer {
  revision = 1;
  objects: Record<string, KubernetesObject> = {};
  watchers: Watcher[] = [];
  lease: KubernetesObject | null = null;
  /** `ms what`, without reads and leases. */
  log: string[] = [];
  /** Bindings to refuse before one succeeds. */
  refusals = 0;

  put(object: KubernetesObject): Effect[] {
    const id = `${COLLECTIONS[object.kind]}/${objectKey(object)}`;
    const metadata = { ...object.metadata, resourceVersion: String(++this.revision) };
    const type = id in this.objects ? 'MODIFIED' : 'ADDED';
    this.objects[id] = { ...object, metadata };
    return this.tell(object.kind, { type, object: this.objects[id] });
  }

  remove(kind: string, key: string): Effect[] {
    const id = `${COLLECTIONS[kind]}/${key}`;
    const object = this.objects[id]!;
    delete this.objects[id];
    this.revision++;
    return this.tell(kind, { type: 'DELETED', object });
  }

  answer(request: ApiRequest, from: Address, now: number): Effect[] {
    const { requestId, path } = request;
    const reply = (status: number, body: unknown) =>
      send(from, { type: 'apiResponse', reply: true, requestId, status, body } as Body);
    if (request.query?.watch) {
      this.watchers.push({ to: from, watchId: requestId, collection: path });
      return [];
    }
    if (path.includes('/leases')) return [this.election(request, reply)];
    if (request.method === 'GET') {
      const ids = Object.keys(this.objects).filter((id) => id.startsWith(`${path}/`));
      const items = ids.map((id) => this.objects[id]);
      return [reply(200, { metadata: { resourceVersion: String(this.revision) }, items })];
    }
    return this.write(request, now, reply);
  }

  private election({ method, body }: ApiRequest, reply: (status: number, body: unknown) => Effect): Effect {
    if (method === 'GET' && this.lease === null) return reply(404, { message: 'not found' });
    if (method !== 'GET') {
      const lease = body as KubernetesObject;
      this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++this.revision) } };
    }
    return reply(200, this.lease);
  }

  private write(request: ApiRequest, now: number, reply: (status: number, body: unknown) => Effect): Effect[] {
    const [, , , , namespace, resource, name, subresource] = request.path.split('/');
    if (resource === 'events') {
      const { reason, message, series } = request.body as {
        reason: string;
        message: string;
        series?: { count: number };
      };
      // Of its own election there is more in ha.test.ts.
      if (reason !== 'LeaderElection')
        this.log.push(`${now} event ${series ? `again ${series.count}` : `${reason} ${message}`}`);
      return [reply(201, {})];
    }
    const pod = this.objects[`/api/v1/pods/${namespace}/${name}`] as Pod | undefined;
    if (subresource === 'binding') {
      const { name: nodeName } = (request.body as { target: { name: string } }).target;
      if (this.refusals > 0 || pod === undefined) {
        this.refusals--;
        this.log.push(`${now} refuses ${name} on ${nodeName}`);
        return [reply(pod ? 409 : 404, { message: 'no' })];
      }
      this.log.push(`${now} binds ${name} to ${nodeName}`);
      return [reply(201, {}), ...this.put({ ...pod, spec: { ...pod.spec, nodeName } } as KubernetesObject)];
    }
    const { conditions } = (
      request.body as { status: { conditions: { type: string; reason: string; message: string }[] } }
    ).status;
    const [{ type, reason, message }] = conditions as [{ type: string; reason: string; message: string }];
    this.log.push(`${now} condition ${type} ${reason} ${message}`);
    return [reply(200, pod), ...this.put({ ...pod, status: { conditions } } as unknown as KubernetesObject)];
  }

  private tell(kind: string, event: WatchEvent): Effect[] {
    const told = this.watchers.filter(({ collection }) => collection === COLLECTIONS[kind]);
    return told.map(({ to, watchId }) =>
      send(to, { type: 'watchEvents', reply: true, watchId, events: [event] } as Body),
    );
  }
}

defineSnapshotClass(
  'test/stub-server',
  StubServer,
  (server) => ({ ...server }),
  (dump) => Object.assign(new StubServer(), dump),
);

type Order = { type: 'put'; object: KubernetesObject } | { type: 'remove'; kind: string; key: string };

const definitions = {
  scheduler: definition,
  apiserver: {
    component: 'apiserver',
    create: () => ({ server: new StubServer() }),
    step: ({ server }: { server: StubServer }, { body, from }: Message, env: Env) => {
      if (body.type === 'apiRequest') return server.answer(body as unknown as ApiRequest, from, env.now);
      const order = body as unknown as Order;
      if (order.type === 'put') return server.put(order.object);
      return order.type === 'remove' ? server.remove(order.kind, order.key) : [];
    },
  },
} as unknown as Definitions;

const API = 'apiserver@cp';
const SCHEDULER = 'scheduler@cp';

function started(config: SchedulerConfig['config'] = {}, seed = 1): Kernel {
  const kernel = new Kernel(definitions, seed, 0);
  kernel.addMachine('cp', {}).powered = true;
  kernel.spawn('apiserver', 'cp', {}, undefined, '');
  kernel.spawn('scheduler', 'cp', { server: API, identity: 'cp_1', config }, undefined, '');
  kernel.advanceTo(500);
  return kernel;
}
const put = (kernel: Kernel, ...objects: (KubernetesObject | Pod | Node)[]) => {
  for (const object of objects) kernel.submit(API, { type: 'put', object } as Body);
};
const remove = (kernel: Kernel, kind: string, key: string) => kernel.submit(API, { type: 'remove', kind, key } as Body);
const serverOf = (kernel: Kernel) => kernel.state<{ server: StubServer }>(API)!.server;
/** What the server was asked since it was last looked at, without the times. */
const logOf = (kernel: Kernel) =>
  serverOf(kernel)
    .log.splice(0)
    .map((line) => line.slice(line.indexOf(' ') + 1));

const node = (name: string, cpu = '2'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  spec: {},
  status: { allocatable: { cpu, memory: '4Gi', pods: '10' } },
});
const pod = (name: string, cpu = '500m', more: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, generation: 1 },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }], schedulerName: 'default-scheduler', ...more },
});
const NO_ROOM =
  '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: ';

test('a pod is bound to the best node, then the event says so', () => {
  const kernel = started();
  put(kernel, node('small', '1'), node('large', '4'), pod('web'));
  kernel.advanceTo(1000);
  expect(logOf(kernel)).toEqual(['binds web to large', 'event Scheduled Successfully assigned default/web to large']);
  const decision = schedulingDecision(kernel.state<SchedulerState>(SCHEDULER)!, 'default', 'web')!;
  expect(decision).toMatchObject({ pod: 'default/web', node: 'large' });
  const totals = Object.fromEntries(decision.nodes.map((each) => [each.node, each.total]));
  expect(totals.large).toBeGreaterThan(totals.small!);
  expect(kernel.pending).toBe(0);
});

test('each binding carries the message that brought its pod as cause', () => {
  const kernel = started();
  put(kernel, node('a'));
  kernel.advanceTo(900);
  const causes = new Map<number, Message>();
  const bindings: Message[] = [];
  kernel.tap = (message) => {
    causes.set(message.id, message);
    if (((message.body as { path?: string }).path ?? '').endsWith('/binding')) bindings.push(message);
  };
  put(kernel, pod('one'), pod('two'));
  kernel.advanceTo(1000);
  const brought = bindings.map(({ cause }) => {
    const { events } = causes.get(cause)!.body as unknown as { events: WatchEvent[] };
    return events[0]!.object.metadata.name;
  });
  expect(brought).toEqual(['one', 'two']);
});

test('an unschedulable pod gets its event and condition once, and is placed when a node comes', () => {
  const kernel = started();
  put(kernel, node('a'), pod('big', '3'));
  kernel.advanceTo(5000);
  const text = `${NO_ROOM}1 Preemption is not helpful for scheduling.`;
  expect(logOf(kernel)).toEqual([`event FailedScheduling ${text}`, `condition PodScheduled Unschedulable ${text}`]);
  expect(definition.view?.(kernel.state<SchedulerState>(SCHEDULER)!, kernel.now)).toMatchObject({
    leading: true,
    counts: { active: 0, backoff: 0, unschedulable: 1, binding: 0 },
    unschedulable: [{ pod: 'default/big', attempts: 1, refusedBy: ['NodeResourcesFit'] }],
    lastDecision: { pod: 'default/big', message: text },
  });
  // Only the look-out for pods that have waited too long is left, and that is periodic.
  expect(kernel.pending).toBe(0);
  put(kernel, node('b', '1'));
  kernel.advanceTo(8000);
  expect(logOf(kernel)).toEqual([]);
  put(kernel, node('c', '4'));
  kernel.advanceTo(9000);
  expect(logOf(kernel)).toEqual(['binds big to c', 'event Scheduled Successfully assigned default/big to c']);
});

test('room that a deleted pod leaves is taken by the pod that waited', () => {
  const kernel = started();
  put(kernel, node('a'), { ...pod('old', '2'), spec: { ...pod('old', '2').spec, nodeName: 'a' } }, pod('new', '1'));
  kernel.advanceTo(2000);
  const text = `${NO_ROOM}1 No preemption victims found for incoming pod.`;
  expect(logOf(kernel)).toEqual([`event FailedScheduling ${text}`, `condition PodScheduled Unschedulable ${text}`]);
  remove(kernel, 'Pod', 'default/old');
  kernel.advanceTo(3000);
  expect(logOf(kernel)[0]).toBe('binds new to a');
});

test('a refused binding is forgotten, reported and tried again after its back-off', () => {
  const kernel = started();
  serverOf(kernel).refusals = 1;
  put(kernel, node('a'), pod('web', '2'));
  kernel.advanceTo(1000);
  expect(logOf(kernel)).toEqual([
    'refuses web on a',
    'event FailedScheduling running Bind plugin "DefaultBinder": no',
    'condition PodScheduled SchedulerError running Bind plugin "DefaultBinder": no',
  ]);
  const { core } = kernel.state<SchedulerState>(SCHEDULER)!;
  expect([...core.cache.requestedCpu.slice(0, 1)]).toEqual([0]);
  expect(kernel.pending).toBeGreaterThan(0);
  kernel.advanceTo(1999);
  expect(logOf(kernel)).toEqual([]);
  kernel.advanceTo(3000);
  expect(logOf(kernel)[0]).toBe('binds web to a');
});

test('a pod that goes away while it is being bound is neither counted nor reported', () => {
  const kernel = started();
  put(kernel, node('a'));
  kernel.advanceTo(600);
  put(kernel, pod('web'));
  const { core } = kernel.state<SchedulerState>(SCHEDULER)!;
  while (core.bindings.size === 0) kernel.deliverNext();
  remove(kernel, 'Pod', 'default/web');
  kernel.advanceTo(5000);
  expect(logOf(kernel)).toEqual(['refuses web on a']);
  expect(core.bindings.size).toBe(0);
  expect([core.cache.requestedCpu[0], core.cache.podTotal, core.queue.size]).toEqual([0, 0, 0]);
});

test('with no nodes at all the pod keeps trying, but nothing is pending', () => {
  const kernel = started();
  put(kernel, pod('web'));
  kernel.advanceTo(29_500);
  const [first, second, ...rest] = logOf(kernel);
  expect(first).toBe('event FailedScheduling no nodes available to schedule pods');
  expect(second).toBe('condition PodScheduled Unschedulable no nodes available to schedule pods');
  expect(rest).toEqual(['event again 2']);
  expect(kernel.pending).toBe(0);
  put(kernel, node('a'));
  kernel.advanceTo(45_000);
  expect(logOf(kernel)[0]).toBe('binds web to a');
});

test('pods of another scheduler and gated pods are left alone', () => {
  const kernel = started();
  const gated = pod('gated', '1', { schedulingGates: [{ name: 'wait' }] });
  put(kernel, node('a'), pod('other', '1', { schedulerName: 'mine' }), gated);
  kernel.advanceTo(60_000);
  expect(logOf(kernel)).toEqual([]);
  put(kernel, { ...gated, spec: { ...gated.spec, schedulingGates: undefined } });
  kernel.advanceTo(61_000);
  expect(logOf(kernel)[0]).toBe('binds gated to a');
});

test('bindings leave at 50 a second after the first hundred', () => {
  const kernel = started();
  const roomy = { ...node('a', '64'), status: { allocatable: { cpu: '64', memory: '64Gi', pods: '500' } } };
  put(kernel, roomy, ...Array.from({ length: 150 }, (_, i) => pod(`p${i}`, '10m')));
  kernel.advanceTo(700);
  const times = () => serverOf(kernel).log.filter((line) => line.includes('binds'));
  expect(times().length).toBeGreaterThan(100);
  expect(times().length).toBeLessThan(115);
  kernel.advanceTo(2000);
  expect(times()).toHaveLength(150);
});

test('only the holder of the Lease schedules; another takes over 15 s after the last renewal', () => {
  const kernel = started();
  kernel.addMachine('cp2', {}).powered = true;
  kernel.spawn('scheduler', 'cp2', { server: API, identity: 'cp2_1' }, undefined, '');
  kernel.advanceTo(3000);
  kernel.kill(SCHEDULER, 137);
  put(kernel, node('a'), pod('web'));
  kernel.advanceTo(12_000);
  expect(logOf(kernel)).toEqual([]);
  kernel.advanceTo(25_000);
  expect(logOf(kernel)[0]).toBe('binds web to a');
  expect(kernel.state<SchedulerState>('scheduler@cp2')?.election.leading).toBe(true);
});

test('events of its election are in the name of its first profile', () => {
  const named = (config: object) =>
    (definition.create({ server: API, identity: 'cp_1', config }, undefined, 'cp') as SchedulerState).election;
  expect(named({}).recorder.component).toBe('default-scheduler');
  expect(named({ profiles: [{ schedulerName: 'packing' }, {}] }).recorder.component).toBe('packing');
});

test('a snapshot at any moment continues as the original', () => {
  const kernel = started({}, 7);
  put(kernel, node('a', '1'), node('b', '1'), pod('late', '3'), ...Array.from({ length: 6 }, (_, i) => pod(`p${i}`)));
  let compared = 0;
  for (let i = 0; i < 60 && kernel.deliverNext(); i++) {
    if (i % 4 !== 0) continue;
    const snapshot = JSON.parse(JSON.stringify(takeSnapshot(kernel, null)));
    const { kernel: copy } = restoreSnapshot(definitions, snapshot);
    expect(digestOf(takeSnapshot(copy, null))).toBe(digestOf(snapshot));
    put(copy, node('c', '8'));
    copy.advanceTo(kernel.now + 5000);
    const again = restoreSnapshot(definitions, snapshot).kernel;
    put(again, node('c', '8'));
    again.advanceTo(kernel.now + 5000);
    expect(serverOf(copy).log.join('\n')).toContain('binds late to c');
    expect(digestOf(takeSnapshot(again, null))).toBe(digestOf(takeSnapshot(copy, null)));
    compared++;
  }
  expect(compared).toBe(15);
  const snapshot = JSON.parse(JSON.stringify(takeSnapshot(kernel, null)));
  const { kernel: copy } = restoreSnapshot(definitions, snapshot);
  for (const each of [kernel, copy]) {
    put(each, node('c', '8'));
    each.advanceTo(20_000);
  }
  expect(digestOf(takeSnapshot(copy, null))).toBe(digestOf(takeSnapshot(kernel, null)));
});

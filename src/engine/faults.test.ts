import { describe, expect, it } from 'vitest';
import type { Lease, Node, Pod } from './api/generated/types.ts';
import { fromRFC3339 } from './api/time.ts';
import type { Mark } from './door.ts';
import {
  createCluster,
  FAULT_KINDS,
  type Fault,
  type Message,
  randomFault,
  restore,
  type SimulatedCluster,
} from './index.ts';

const small = (): SimulatedCluster => createCluster({ seed: 5, workers: 1 });
const ready = (cluster: SimulatedCluster, node: string): string | undefined =>
  (cluster.get('Node', null, node) as Node).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] },
};
const restarts = (cluster: SimulatedCluster): number | undefined =>
  (cluster.get('Pod', 'default', 'p') as Pod).status?.containerStatuses?.[0]?.restartCount;

/** A small cluster at rest, whose worker runs pod p. */
function withPod(): SimulatedCluster {
  const cluster = small();
  cluster.apply(pod);
  cluster.settle();
  return cluster;
}

describe('faults', () => {
  it('stops no kubelet on a machine that is no node: healing would make it one', () => {
    const cluster = createCluster({ profile: 'ha', workers: 0 });
    const fault = { kind: 'kubelet-stop', target: 'kind-external-load-balancer' };
    expect(() => cluster.inject(fault)).toThrow('it has no kubelet');
  });

  it('says what is wrong with one that cannot be, and does nothing', () => {
    const cluster = small();
    const before = cluster.digest();
    const refused = (fault: Parameters<SimulatedCluster['inject']>[0]): string => {
      try {
        cluster.inject(fault);
      } catch (error) {
        return (error as Error).message;
      }
      return 'it was done';
    };
    const node = 'kind-worker';
    const plane = 'kind-control-plane';
    const cases: [Parameters<SimulatedCluster['inject']>[0], string | RegExp][] = [
      [{ kind: 'meteor' }, /^there is no fault named meteor; known are node-power-off/],
      [{ kind: 'toString' }, /^there is no fault named toString/],
      [
        { kind: 'cloud-vm-gone', target: node },
        /^cloud-vm-gone cannot be done: virtual machines belong to the profile/,
      ],
      [{ kind: 'node-power-off' }, 'node-power-off needs a target'],
      [{ kind: 'node-power-off', target: 'moon' }, 'there is no machine named moon'],
      [{ kind: 'node-power-off', target: 'moon', inMs: 1000 }, 'there is no machine named moon'],
      [{ kind: 'node-power-off', target: [node, plane] }, 'node-power-off takes one target'],
      [{ kind: 'node-power-off', target: 'laptop' }, /^laptop is the user's own computer/],
      [
        { kind: 'node-power-off', target: node, forMs: -1 },
        /^node-power-off: forMs must be a number from 1 to \d+, not -1$/,
      ],
      [{ kind: 'node-power-off', target: node, forMs: Number.NaN }, /forMs must be a number from 1 to \d+, not NaN$/],
      [{ kind: 'node-power-off', target: node, for: 5 }, 'node-power-off has no option named for; it has inMs, forMs'],
      [{ kind: 'node-power-off', target: node, to: plane }, /^node-power-off has no option named to/],
      [{ kind: 'component-crash', target: 'kubectl' }, /^there is no component named kubectl; known are apiserver/],
      [{ kind: 'component-crash', target: `scheduler@${node}` }, `no scheduler runs on ${node}`],
      [{ kind: 'component-crash', target: 'scheduler', stay: 'yes' }, /stay must be true or false, not "yes"$/],
      [{ kind: 'container-crash', target: 'web' }, /namespace\/pod/],
      [{ kind: 'container-crash', target: 'default/ghost' }, 'no machine runs a pod named default/ghost'],
      [{ kind: 'container-crash', target: 'a/b', forMs: 5 }, /is over as soon as it has happened: it takes no forMs$/],
      [
        { kind: 'probe-fail', target: 'a/b', probe: 'lively' },
        /probe must be one of liveness, readiness, startup, not "lively"$/,
      ],
      [{ kind: 'etcd-slow-disk', target: 'scheduler' }, /scheduler is not etcd$/],
      [{ kind: 'etcd-slow-disk', target: plane, fsyncMs: 0 }, /fsyncMs must be a number from 1 to 60000, not 0$/],
      [{ kind: 'partition' }, 'partition: the first side (target) is empty'],
      [{ kind: 'partition', target: [node], to: [] }, 'partition: the second side (to) is empty'],
      [{ kind: 'partition', target: [node], to: ['moon'] }, /^there is no component named moon/],
      [{ kind: 'partition', target: [node], to: [plane, node] }, 'partition: kind-worker cannot be on both sides'],
      [{ kind: 'partition', target: [node], to: [`kubelet@${node}`] }, /kind-worker cannot be on both sides$/],
      [{ kind: 'link-latency', target: [node], ms: -5 }, 'link-latency: ms must be a number from 1 to 60000, not -5'],
      [
        { kind: 'message-drop', target: [node], rate: 2 },
        'message-drop: rate must be a number from 0.01 to 0.95, not 2',
      ],
      [{ kind: 'chaos', kinds: ['chaos'] }, /^chaos: kinds must be a list of the names of faults/],
      [{ kind: 'node-reboot', target: node, inMs: Number.POSITIVE_INFINITY }, /inMs must be a number/],
    ];
    for (const [fault, why] of cases) {
      if (typeof why === 'string') expect(refused(fault)).toBe(why);
      else expect(refused(fault)).toMatch(why);
    }
    expect(() => cluster.heal('fault-9')).toThrow('there is no active fault fault-9');
    expect(cluster.digest()).toBe(before);
  });

  it('that is the last to happen in a time that is waited for leaves that time as it is', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.inject({ kind: 'clock-skew', target: 'kind-worker', ms: 1_000, inMs: 1_000 });
    expect(cluster.runUntil(() => false, 1_000)).toBe(false);
    expect([cluster.now, cluster.faults.length]).toEqual([1_000, 1]);
  });

  it('cuts power once, for a time, and later when asked', () => {
    const cluster = small();
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker', inMs: 5_000, forMs: 120_000 });
    cluster.advance(4_999);
    expect(cluster.kernel.machine('kind-worker').powered).toBe(true);
    cluster.advance(2);
    expect(cluster.kernel.machine('kind-worker').powered).toBe(false);
    cluster.advance(70_000);
    expect(ready(cluster, 'kind-worker')).toBe('Unknown');
    cluster.advance(60_000);
    expect(cluster.kernel.machine('kind-worker').powered).toBe(true);
    expect(cluster.runUntil(() => ready(cluster, 'kind-worker') === 'True', 60_000)).toBe(true);
    expect(cluster.faults).toEqual([]);
  });

  it('reboots a node: its pods stay, their containers start anew', () => {
    const cluster = withPod();
    expect(restarts(cluster)).toBe(0);
    cluster.inject({ kind: 'node-reboot', target: 'kind-worker' });
    expect(cluster.runUntil(() => restarts(cluster) === 1, 120_000)).toBe(true);
  });

  it('leaves a rebooted node able to hear of later changes', () => {
    const cluster = withPod();
    cluster.inject({ kind: 'node-reboot', target: 'kind-worker' });
    // The 45 s after which a silent connection is given up end long after the node is back.
    cluster.advance(90_000);
    cluster.delete({ kind: 'Pod', name: 'p' });
    expect(cluster.runUntil(() => cluster.get('Pod', 'default', 'p') === undefined, 10_000)).toBe(true);
  });

  it('survives a control plane without power for minutes: workers keep their pods and hear of changes afterwards', () => {
    const cluster = withPod();
    const fault = cluster.inject({ kind: 'node-power-off', target: 'kind-control-plane' });
    cluster.advance(420_000);
    expect(cluster.kernel.state<{ containers: { size: number } }>('containerd@kind-worker')?.containers.size).toBe(3);
    cluster.heal(fault);
    cluster.advance(120_000);
    expect(ready(cluster, 'kind-worker')).toBe('True');
    expect(restarts(cluster)).toBe(0);
    cluster.delete({ kind: 'Pod', name: 'p' });
    expect(cluster.runUntil(() => cluster.get('Pod', 'default', 'p') === undefined, 10_000)).toBe(true);
  });

  it('crashes a container, which the kubelet starts again in the same pod', () => {
    const cluster = withPod();
    const { uid } = (cluster.get('Pod', 'default', 'p') as Pod).metadata;
    cluster.inject({ kind: 'container-crash', target: 'default/p' });
    expect(cluster.runUntil(() => restarts(cluster) === 1, 10_000)).toBe(true);
    expect((cluster.get('Pod', 'default', 'p') as Pod).metadata.uid).toBe(uid);
  });

  it('makes pulls fail until healed', () => {
    const cluster = small();
    cluster.inject({ kind: 'image-pull-error' });
    cluster.apply(pod);
    cluster.advance(8_000);
    const waiting = (): string | undefined =>
      (cluster.get('Pod', 'default', 'p') as Pod).status?.containerStatuses?.[0]?.state?.waiting?.reason;
    expect(waiting()).toMatch(/ImagePull/);
    cluster.heal();
    expect(cluster.runUntil(() => waiting() === undefined, 60_000)).toBe(true);
  });

  it.each(['apiserver', 'scheduler', 'controller-manager', 'etcd', 'kube-proxy@kind-worker'])(
    'crashes %s, which comes back; a deployment made meanwhile gets its pods',
    (target) => {
      const cluster = small();
      cluster.inject({ kind: 'component-crash', target });
      cluster.advance(30_000);
      const [component = '', host = 'kind-control-plane'] = target.split('@');
      expect(cluster.kernel.processes.has(`${component}@${host}`)).toBe(true);
      expect(cluster.apply(pod)[0]?.verb).toBe('created');
      const running = (): boolean => (cluster.get('Pod', 'default', 'p') as Pod).status?.phase === 'Running';
      expect(cluster.runUntil(running, 120_000)).toBe(true);
    },
  );

  const hosted = 'managed-control-plane';
  it.each<Fault>([
    ...['apiserver', 'scheduler', 'controller-manager', 'etcd'].map((target) => ({ kind: 'component-crash', target })),
    { kind: 'component-crash', target: 'apiserver', stay: true, forMs: 20_000 },
    { kind: 'node-reboot', target: hosted },
    { kind: 'node-power-off', target: hosted, forMs: 5_000 },
  ])('lets a control plane outside the nodes come back: %o', (fault) => {
    const cluster = createCluster({ seed: 5, workers: 1, controlPlanes: 0 });
    cluster.inject(fault);
    cluster.advance(60_000);
    expect(cluster.apply(pod)[0]?.verb).toBe('created');
    const running = (): boolean => (cluster.get('Pod', 'default', 'p') as Pod).status?.phase === 'Running';
    expect(cluster.runUntil(running, 60_000)).toBe(true);
    for (const component of ['etcd', 'apiserver', 'controller-manager', 'scheduler'])
      expect(cluster.kernel.processes.has(`${component}@${hosted}`)).toBe(true);
  });

  it('keeps a component down until healed', () => {
    const cluster = small();
    cluster.inject({ kind: 'component-crash', target: 'kube-apiserver', stay: true });
    cluster.advance(60_000);
    expect(cluster.apply(pod)[0]).toMatchObject({ verb: 'failed', status: { reason: 'ServiceUnavailable' } });
    cluster.heal();
    cluster.advance(90_000);
    expect(cluster.apply(pod)[0]?.verb).toBe('created');
  });

  it('cuts a worker off: its node becomes Unknown, its pods run on, and all is well after the heal', () => {
    const cluster = withPod();
    const id = cluster.inject({ kind: 'partition', target: ['kind-worker'], to: ['kind-control-plane'] });
    expect(cluster.faults[0]?.sentence).toBe('kind-worker is cut off from kind-control-plane.');
    cluster.advance(60_000);
    expect(ready(cluster, 'kind-worker')).toBe('Unknown');
    expect(cluster.apply({ ...pod, metadata: { name: 'q' } })[0]?.verb).toBe('created');
    cluster.heal(id);
    expect(() => cluster.heal(id)).toThrow(`there is no active fault ${id}`);
    expect(cluster.runUntil(() => ready(cluster, 'kind-worker') === 'True', 60_000)).toBe(true);
    const runs = (): boolean => (cluster.get('Pod', 'default', 'q') as Pod).status?.phase === 'Running';
    expect(cluster.runUntil(runs, 60_000)).toBe(true);
    expect(restarts(cluster)).toBe(0);
  });

  it('cuts no process off from the kernel of its own machine', () => {
    const cluster = small();
    // What kube-proxy hears still arrives; nothing that it sends leaves the machine.
    cluster.inject({ kind: 'partition', target: ['kube-proxy@kind-worker'], oneWay: true });
    cluster.apply({ ...pod, metadata: { name: 'p', labels: { app: 'p' } } });
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { selector: { app: 'p' }, ports: [{ port: 80 }] },
    });
    cluster.advance(30_000);
    expect(cluster.iptablesSave('kind-worker')).toContain('default/s');
  });

  it('goes on over slow and lossy wires', () => {
    const cluster = small();
    cluster.inject({ kind: 'link-latency', target: ['kind-worker'], ms: 400, jitterMs: 100 });
    cluster.inject({ kind: 'message-drop', target: ['kind-worker'], to: ['kind-control-plane'], rate: 0.2 });
    expect(cluster.faults.map(({ sentence }) => sentence)).toEqual([
      'Messages between kind-worker and everything else take 400 ms to 500 ms longer each way.',
      '20 % of what travels between kind-worker and kind-control-plane is lost.',
    ]);
    cluster.apply(pod);
    const runs = (): boolean => (cluster.get('Pod', 'default', 'p') as Pod).status?.phase === 'Running';
    expect(cluster.runUntil(runs, 120_000)).toBe(true);
    cluster.advance(300_000);
    expect(ready(cluster, 'kind-worker')).toBe('True');
  });

  it('sets a clock wrong: objects show it, nothing that waits does', () => {
    const cluster = small();
    cluster.advance(1_000);
    cluster.inject({ kind: 'clock-skew', target: 'kind-worker', ms: -3_600_000 });
    expect(cluster.faults[0]?.sentence).toBe('The clock of kind-worker is 60 min slow.');
    cluster.advance(60_000);
    const { renewTime } = (cluster.get('Lease', 'kube-node-lease', 'kind-worker') as Lease).spec ?? {};
    expect(cluster.now - fromRFC3339(renewTime as string)).toBeGreaterThan(3_590_000);
    expect(ready(cluster, 'kind-worker')).toBe('True');
    cluster.apply(pod);
    expect(cluster.runUntil(() => cluster.settled, 60_000)).toBe(true);
    const { metadata, status } = cluster.get('Pod', 'default', 'p') as Pod;
    expect(fromRFC3339(status?.startTime as string)).toBeLessThan(fromRFC3339(metadata.creationTimestamp as string));
    expect(status?.phase).toBe('Running');
  });

  it('slows a component down', () => {
    const cluster = small();
    cluster.inject({ kind: 'component-slow', target: 'scheduler', ms: 20_000 });
    expect(cluster.faults[0]?.sentence).toBe('The scheduler on kind-control-plane does everything 20 s late.');
    cluster.apply(pod);
    cluster.advance(15_000);
    expect((cluster.get('Pod', 'default', 'p') as Pod).spec.nodeName).toBeUndefined();
    expect(cluster.runUntil(() => restarts(cluster) === 0, 60_000)).toBe(true);
  });

  it('keeps what several faults break broken until the last of them has healed', () => {
    const cluster = small();
    const on = (): boolean => cluster.kernel.machine('kind-worker').powered;
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker', forMs: 60_000 });
    const other = cluster.inject({ kind: 'node-power-off', target: 'kind-worker' });
    cluster.advance(70_000);
    expect(on()).toBe(false);
    cluster.heal(other);
    expect(on()).toBe(true);
    cluster.advance(60_000);
    const runs = (component: string): boolean => cluster.kernel.processes.has(`${component}@kind-worker`);
    const one = cluster.inject({ kind: 'kubelet-stop', target: 'kind-worker' });
    const two = cluster.inject({ kind: 'kubelet-stop', target: 'kind-worker' });
    const proxies = [
      cluster.inject({ kind: 'kube-proxy-stop', target: 'kind-worker' }),
      cluster.inject({ kind: 'component-crash', target: 'kube-proxy@kind-worker', stay: true }),
    ];
    cluster.heal(one);
    cluster.heal(proxies[1]);
    // It stays stopped over a reboot too.
    cluster.inject({ kind: 'node-reboot', target: 'kind-worker' });
    cluster.advance(120_000);
    expect([runs('kubelet'), runs('kube-proxy'), runs('containerd')]).toEqual([false, false, true]);
    cluster.heal(two);
    cluster.advance(120_000);
    expect([runs('kubelet'), runs('kube-proxy')]).toEqual([true, false]);
    cluster.heal(proxies[0]);
    expect(cluster.runUntil(() => runs('kube-proxy'), 30_000)).toBe(true);
  });

  it('tells a runtime that starts anew what is broken still', () => {
    const cluster = small();
    cluster.inject({ kind: 'image-pull-error' });
    cluster.inject({ kind: 'node-reboot', target: 'kind-worker' });
    cluster.advance(60_000);
    cluster.apply(pod);
    cluster.advance(30_000);
    const { status } = cluster.get('Pod', 'default', 'p') as Pod;
    expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(/ImagePull/);
  });

  it('makes chaos from a seed: the same again, with everything healed when it ends', () => {
    const run = (seed: number): SimulatedCluster => {
      const cluster = createCluster({ seed: 3, workers: 2 });
      cluster.inject({ kind: 'chaos', seed, everyMs: 10_000, forMs: 300_000 });
      cluster.advance(300_000);
      return cluster;
    };
    const cluster = run(1);
    expect(cluster.faults).toEqual([]);
    expect(cluster.digest()).toBe(run(1).digest());
    expect(cluster.digest()).not.toBe(run(2).digest());
    const all = (): boolean =>
      cluster.list('Node').every(({ metadata }) => ready(cluster, metadata.name ?? '') === 'True');
    expect(cluster.runUntil(all, 400_000)).toBe(true);
  });

  it('heals what chaos has broken with the chaos, and marks each of its faults', () => {
    const cluster = createCluster({ seed: 3, workers: 2 });
    const marks: string[] = [];
    cluster.observe((frame) => marks.push(...frame.marks.map(({ kind }) => kind)));
    const id = cluster.inject({ kind: 'chaos', everyMs: 2_000, kinds: ['link-latency', 'clock-skew'] });
    cluster.advance(20_000);
    const made = cluster.faults.filter(({ by }) => by === id);
    expect(made.length).toBeGreaterThan(3);
    cluster.heal(id);
    expect(cluster.faults).toEqual([]);
    cluster.advance(1);
    expect(marks.filter((kind) => kind === 'fault').length).toBeGreaterThan(made.length);
    expect(marks.filter((kind) => kind === 'heal').length).toBeGreaterThan(made.length);
  });

  it('plans a fault, and calls it off', () => {
    const cluster = small();
    const id = cluster.inject({ kind: 'clock-skew', target: 'kind-worker', ms: 1_000, inMs: 5_000, forMs: 5_000 });
    expect(cluster.planned).toMatchObject([{ id, since: 5_000, sentence: 'The clock of kind-worker is 1 s fast.' }]);
    cluster.heal(id);
    cluster.advance(6_000);
    expect([...cluster.planned, ...cluster.faults]).toEqual([]);
  });

  it('stops an advance that asks at a planned fault and at its end', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker', inMs: 30_000, forMs: 20_000 });
    expect(cluster.nextDeedAt).toBe(30_000);
    const isNews = ({ periodic }: Message): boolean => !periodic;
    expect(cluster.advanceTo(100_000, isNews)).toBe(false);
    expect([cluster.now, cluster.faults.length]).toEqual([30_000, 1]);
    while (cluster.now < 50_000) cluster.advanceTo(50_000, isNews);
    expect([cluster.now, cluster.faults.length, cluster.nextDeedAt]).toEqual([50_000, 0, undefined]);
    const straight = createCluster({ seed: 1 });
    straight.inject({ kind: 'node-power-off', target: 'kind-worker', inMs: 30_000, forMs: 20_000 });
    for (const one of [cluster, straight]) one.advanceTo(80_000);
    expect(cluster.digest()).toBe(straight.digest());
  });

  it('marks what is planned, carried out, called off or comes too late with a message that tells of it', () => {
    const cluster = small();
    const marks: Mark[] = [];
    cluster.observe((frame) => marks.push(...frame.marks));
    const off = { kind: 'node-power-off', target: 'kind-worker' };
    cluster.inject({ ...off, inMs: 2_000 });
    cluster.inject({ ...off, kind: 'node-reboot', inMs: 3_000 });
    cluster.heal(cluster.inject({ ...off, inMs: 60_000 }));
    cluster.submitGroupChange({ do: 'add', learner: true });
    cluster.advance(10_000);
    const chains = marks.map(({ messageId }) => cluster.why(messageId ?? 0).map(({ sentence }) => sentence));
    const sentence = 'kind-worker has no power.';
    const [first, second, third] = [`In 2 s: ${sentence}`, 'In 3 s: kind-worker reboots.', `In 60 s: ${sentence}`];
    expect(marks.map(({ text }, i) => [text, ...(chains[i] ?? [])])).toEqual([
      [first, first],
      [second, second],
      [third, third],
      [`Called off: ${sentence}`, third],
      ['etcdctl member add kind-etcd --learner', 'You have etcdctl add a member.'],
      [sentence, sentence, first],
      ['Not done: kind-worker has no power: nothing to reboot', second],
    ]);
  });
});

describe('every kind of fault', () => {
  const targets: Record<string, Partial<Fault>> = {
    'component-crash': { target: 'scheduler', stay: true },
    'component-slow': { target: 'apiserver' },
    partition: { target: ['kind-worker'] },
    'link-latency': { target: ['kind-worker'], to: ['apiserver'] },
    'message-drop': { target: ['kubelet@kind-worker'], to: ['kind-control-plane'] },
    'etcd-slow-disk': { target: 'etcd' },
    'etcd-disk-loss': { target: 'etcd' },
    'container-crash': { target: 'default/p/c' },
    'container-oom': { target: 'default/p' },
    'image-pull-error': {},
    'probe-fail': { target: 'default/p' },
    chaos: { everyMs: 5_000 },
  };
  const kinds = Object.keys(FAULT_KINDS).filter((kind) => !FAULT_KINDS[kind]?.refused);

  it.each(kinds)('%s: a snapshot in the middle of it continues exactly, also through its end', (kind) => {
    const cluster = withPod();
    const lasts = FAULT_KINDS[kind]?.lasts === true;
    const options = targets[kind] ?? { target: 'kind-worker' };
    cluster.inject({ kind, ...options, ...(lasts && { forMs: 50_000 }) });
    cluster.advance(20_000);
    const twin = restore(JSON.parse(JSON.stringify(cluster.snapshot())));
    const fork = cluster.fork();
    const { planned, faults } = cluster;
    expect([twin.planned, twin.faults]).toEqual([planned, faults]);
    for (const one of [cluster, twin, fork]) one.advance(70_000);
    expect([twin.digest(), fork.digest()]).toEqual([cluster.digest(), cluster.digest()]);
    expect(cluster.faults).toEqual([]);
  });

  const cameBack: Record<string, string> = {
    'node-power-off': 'kind-worker has power again, and boots.',
    'node-reboot': 'kind-worker has power again, and boots.',
    'kubelet-stop': 'kubelet on kind-worker starts again.',
    'runtime-stop': 'containerd on kind-worker starts again.',
    'kube-proxy-stop': 'Nothing crashes kube-proxy on kind-worker any more: the kubelet starts it again.',
    'component-crash': 'Nothing crashes the scheduler on kind-control-plane any more: the kubelet starts it again.',
    'component-slow': 'The API server on kind-control-plane is as quick as before.',
    partition: 'kind-worker and everything else reach each other again.',
    'link-latency': 'Messages between kind-worker and the API server on kind-control-plane are as quick as before.',
    'message-drop': 'What travels between kubelet on kind-worker and kind-control-plane is not lost any more.',
    'etcd-slow-disk': 'The disk of etcd on kind-control-plane is as quick as before.',
    'image-pull-error': 'The image registry answers again.',
    'probe-fail': 'Probes of default/p say again what its containers answer.',
    'clock-skew': 'The clock of kind-worker is right again.',
    chaos: 'Nothing breaks by chance any more; what has, is healed.',
  };

  const captionsOf = (cluster: SimulatedCluster): string[] => {
    const captions: string[] = [];
    cluster.observe((frame) => captions.push(...frame.captions.map(({ text }) => text)));
    return captions;
  };

  it('names the machine, where no kubelet starts what crashed', () => {
    const cluster = createCluster({ controlPlanes: 0, workers: 0, addons: false });
    const captions = captionsOf(cluster);
    cluster.heal(cluster.inject({ kind: 'component-crash', target: 'scheduler', stay: true }));
    cluster.publish();
    expect(captions.at(-1)).toBe(
      'Nothing crashes the scheduler on managed-control-plane any more: its machine starts it again.',
    );
  });

  it.each(kinds.filter((kind) => FAULT_KINDS[kind]?.lasts))('%s: its end says what came back', (kind) => {
    const cluster = withPod();
    const captions = captionsOf(cluster);
    const id = cluster.inject({ kind, ...(targets[kind] ?? { target: 'kind-worker' }) });
    cluster.heal(id);
    cluster.publish();
    expect(captions.at(-1)).toBe(cameBack[kind]);
  });

  it('does not say that something came back which another fault keeps broken', () => {
    const cluster = small();
    const captions = captionsOf(cluster);
    const power = { kind: 'node-power-off', target: 'kind-worker' };
    const cut = { kind: 'partition', target: ['kind-worker'] };
    for (const fault of [{ kind: 'kubelet-stop', target: 'kind-worker' }, power, power, cut, cut])
      cluster.inject(fault);
    for (let fault = 1; fault <= 4; fault++) cluster.heal(`fault-${fault === 2 ? 3 : fault === 3 ? 2 : fault}`);
    cluster.publish();
    expect(captions.slice(-4)).toEqual([
      'kubelet on kind-worker starts again once kind-worker has power.',
      'Healed, but another fault does the same: kind-worker has no power.',
      'kind-worker has power again, and boots.',
      'kind-worker and everything else reach each other again, as far as other faults allow.',
    ]);
  });

  it('can be made by dice, of things that exist', () => {
    const snapshot = small().snapshot();
    let position = 0;
    const dice = (): number => {
      position = (position + 0.37) % 1;
      return position;
    };
    for (const kind of kinds.filter((one) => one !== 'chaos')) {
      const cluster = restore(snapshot);
      const fault = randomFault(cluster.kernel, dice, [kind]) as Fault;
      expect(fault.kind).toBe(kind);
      expect(cluster.inject(fault)).toBe('fault-1');
    }
  });
});

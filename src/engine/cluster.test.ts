import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Node, Pod, Service } from './api/generated/types.ts';
import { type ClusterOptions, createCluster, type SimulatedCluster } from './index.ts';
import type { MachineState } from './machine/state.ts';
import { routeText } from './network/routes.ts';

const nodes = (cluster: SimulatedCluster): Node[] => cluster.list('Node') as Node[];
const isReady = ({ status }: Node | Pod): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
const deployment = (replicas: number, image = 'nginx:1.27') => {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
};
const becomesReady = (cluster: SimulatedCluster, replicas: number): boolean =>
  cluster.runUntil(
    () => cluster.list('Pod', 'default').filter((pod) => isReady(pod as Pod)).length === replicas,
    120_000,
  );

interface Told {
  readonly reason: string;
  readonly message: string;
}

describe('a new cluster', () => {
  it('is what kind makes: settled at 0, all nodes and system pods Ready', () => {
    const cluster = createCluster();
    expect(cluster.now).toBe(0);
    expect(cluster.settled).toBe(true);
    const names = ['kind-control-plane', 'kind-worker', 'kind-worker2', 'kind-worker3'];
    expect(nodes(cluster).map(({ metadata }) => metadata.name)).toEqual(names);
    expect(nodes(cluster).every(isReady)).toBe(true);
    const pods = cluster.list('Pod') as Pod[];
    expect(pods.every(isReady)).toBe(true);
    const kinds = pods.map(({ metadata }) => metadata.name?.replace(/(-[a-z0-9]{9,10})?-(?!plane)[a-z0-9]{5}$/, ''));
    expect([...new Set(kinds)].sort()).toEqual([
      'coredns',
      'etcd-kind-control-plane',
      'kindnet',
      'kube-apiserver-kind-control-plane',
      'kube-controller-manager-kind-control-plane',
      'kube-proxy',
      'kube-scheduler-kind-control-plane',
    ]);
    const [slice] = (cluster.list('EndpointSlice', 'default') as EndpointSlice[]).filter(
      ({ metadata }) => metadata.name === 'kubernetes',
    );
    expect(slice?.endpoints?.[0]?.addresses).toEqual(['172.18.0.2']);
  });

  it('is settled at 0 with many nodes too', () => {
    expect(createCluster({ workers: 100 }).settled).toBe(true);
  });

  it('takes sizes, zones and names of its machines', () => {
    const cluster = createCluster({
      machines: [
        { name: 'boss', role: 'control-plane' },
        {
          name: 'big',
          role: 'worker',
          cpu: '32',
          memory: '64Gi',
          zone: 'a',
          labels: { disk: 'ssd' },
          internalIP: '172.18.7.7',
        },
        { name: 'small', role: 'worker', pods: '5', taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }] },
      ],
    });
    const big = cluster.get('Node', null, 'big') as Node;
    expect(big.status?.capacity).toMatchObject({ cpu: '32' });
    expect(big.metadata.labels).toMatchObject({ disk: 'ssd', 'topology.kubernetes.io/zone': 'a' });
    expect(big.status?.addresses?.[0]?.address).toBe('172.18.7.7');
    const small = cluster.get('Node', null, 'small') as Node;
    expect(small.status?.allocatable?.pods).toBe('5');
    expect(small.spec?.taints).toMatchObject([{ key: 'dedicated' }]);
    expect(nodes(cluster).every(isReady)).toBe(true);
  });

  it.each<[string, ClusterOptions & { workers: number }]>([
    ['without addon pods', { addons: false, workers: 2 }],
    ['with a control plane outside', { controlPlanes: 0, workers: 2 }],
    ['with a control plane outside and no addon pods', { controlPlanes: 0, workers: 2, addons: false }],
    ['of one node', { workers: 0 }],
  ])('runs pods %s', (_what, options) => {
    const cluster = createCluster(options);
    expect(nodes(cluster).length).toBe((options.controlPlanes ?? 1) + options.workers);
    expect(nodes(cluster).every(isReady)).toBe(true);
    expect(cluster.apply(deployment(2))[0]?.verb).toBe('created');
    expect(becomesReady(cluster, 2)).toBe(true);
  });

  it('comes alive from the power switch when it is not to be ready', () => {
    const cluster = createCluster({ ready: false, workers: 1 });
    expect(cluster.now).toBe(0);
    expect(nodes(cluster)).toEqual([]);
    expect(cluster.runUntil(() => nodes(cluster).length === 2 && nodes(cluster).every(isReady), 120_000)).toBe(true);
  });

  it('can be empty: pods wait for a node', () => {
    const cluster = createCluster({ controlPlanes: 0, workers: 0, addons: false });
    cluster.apply(deployment(1));
    cluster.advance(20_000);
    const [pod] = cluster.list('Pod', 'default') as Pod[];
    expect(pod?.status?.conditions?.[0]).toMatchObject({ type: 'PodScheduled', status: 'False' });
  });
});

describe('the door', () => {
  it('applies, changes nothing the second time, and changes what differs', () => {
    const cluster = createCluster({ workers: 1 });
    expect(cluster.apply(deployment(1)).map(({ verb }) => verb)).toEqual(['created']);
    cluster.advance(10_000);
    expect(cluster.apply(deployment(1)).map(({ verb }) => verb)).toEqual(['unchanged']);
    expect(cluster.apply(deployment(2)).map(({ verb }) => verb)).toEqual(['configured']);
    expect(becomesReady(cluster, 2)).toBe(true);
  });

  it('refuses what Kubernetes refuses, with its sentence, and keeps what was there', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.apply(deployment(1));
    const [wrong] = cluster.apply({ ...deployment(-1) });
    expect(wrong).toMatchObject({ verb: 'failed', status: { reason: 'Invalid' } });
    expect(wrong?.status?.message).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
    const typo = deployment(1) as unknown as { spec: Record<string, unknown> };
    const [unknown] = cluster.apply({ ...typo, spec: { ...typo.spec, replicsa: 3 } });
    expect(unknown?.status?.message).toContain('unknown field "spec.replicsa"');
    const [alien] = cluster.apply({ apiVersion: 'v9', kind: 'Thing', metadata: { name: 'x' } });
    expect(alien?.status?.message).toContain('no matches for kind "Thing" in version "v9"');
    const [text] = cluster.apply('kind: [Pod');
    expect(text).toMatchObject({ verb: 'failed', status: { reason: 'BadRequest' } });
    expect(cluster.get('Deployment', 'default', 'web')).toMatchObject({ spec: { replicas: 1 } });
  });

  it('answers REST requests, with tables and warnings', () => {
    const cluster = createCluster({ workers: 1 });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = cluster.request({ method: 'GET', path: '/api/v1/nodes', headers: { Accept: accept } });
    expect(table).toMatchObject({ status: 200, body: { kind: 'Table' } });
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, dat: {} };
    const warned = cluster.request({ method: 'POST', path: '/api/v1/namespaces/default/configmaps', body });
    expect(warned.status).toBe(201);
    expect(warned.headers.warning).toBe('299 - "unknown field \\"dat\\""');
    expect(cluster.request({ method: 'GET', path: '/api/v1/namespaces/default/pods/none' }).status).toBe(404);
  });

  it('says why, back to the act of the user', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.apply(deployment(1));
    becomesReady(cluster, 1);
    const [pod] = cluster.list('Pod', 'default') as Pod[];
    const chain = cluster.why({ kind: 'Pod', namespace: 'default', name: pod?.metadata.name as string });
    expect(chain.at(-1)).toMatchObject({ from: 'user@outside', to: 'kubectl@laptop', label: 'kubectl apply' });
    const labels = chain.map(({ label }) => label);
    for (const hop of ['POST deployments', 'POST replicasets', 'POST pods']) expect(labels).toContain(hop);
    const decision = cluster.schedulingDecision('default', pod?.metadata.name as string);
    expect(decision?.node).toBe('kind-worker');
    expect(decision?.nodes).toHaveLength(2);
  });

  it('prints rules and logs, and deletes', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.apply(deployment(1));
    const service = { selector: { app: 'web' }, ports: [{ port: 80 }] };
    cluster.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: service });
    becomesReady(cluster, 1);
    cluster.advance(3_000);
    expect(cluster.iptablesSave('kind-worker')).toMatch(/-A KUBE-SVC-\S+ .*default\/web -> 10\.244\.\d+\.\d+:80/);
    expect(() => cluster.iptablesSave('moon')).toThrow('there is no machine named moon');
    const name = cluster.list('Pod', 'default')[0]?.metadata.name as string;
    expect(cluster.logs('default', name)).toContain('nginx');
    cluster.delete({ kind: 'Deployment', namespace: 'default', name: 'web' });
    expect(cluster.runUntil(() => cluster.list('Pod', 'default').length === 0, 60_000)).toBe(true);
  });
});

describe('what the page is told', () => {
  it('marks no answer as failed when kubectl looks for what it is about to create', () => {
    const cluster = createCluster();
    const answers: string[] = [];
    cluster.observe(({ happened }) => {
      for (const { traffic, failed, label } of happened) if (traffic === 'response' && failed) answers.push(label);
    });
    expect(cluster.apply(deployment(1)).map(({ verb }) => verb)).toEqual(['created']);
    cluster.advance(10_000);
    expect(answers.filter((label) => label.startsWith('404'))).toEqual([]);
    answers.length = 0;
    cluster.request({ method: 'DELETE', path: '/api/v1/namespaces/default/pods/no-such-pod' });
    expect(answers).toEqual(['404 NotFound']);
  });

  it.each([{}, { profile: 'ha' as const }])('says what kubectl looks for before it writes: %o', (options) => {
    const cluster = createCluster(options);
    const captions: string[] = [];
    cluster.observe((frame) => captions.push(...frame.captions.map(({ text }) => text)));
    cluster.apply(deployment(1));
    expect(captions.slice(0, 2)).toEqual([
      'kubectl asks the API server whether Deployment web is there already.',
      'The API server has no Deployment web (404), so kubectl creates it.',
    ]);
    cluster.advance(10_000);
    captions.length = 0;
    cluster.apply(deployment(2));
    expect(captions.filter((text) => text.includes('404'))).toEqual([]);
    expect(captions).toContain('kubectl asks the API server whether Deployment web is there already.');
  });

  it('says where new rules send connections to a Service', () => {
    const cluster = createCluster();
    const told: string[] = [];
    cluster.observe(({ captions }) => {
      for (const { text } of captions) {
        const [, where] = /packet filter of kind-worker: from now on connections to (.*)\.$/.exec(text) ?? [];
        if (where !== undefined) told.push(where.replace(/\(.*\)/, '(address)'));
      }
    });
    const spec = { selector: { app: 'web' }, ports: [{ port: 80 }] };
    cluster.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec });
    cluster.advance(10_000);
    cluster.apply(deployment(2));
    cluster.advance(30_000);
    expect([...new Set(told)]).toEqual([
      'Service web (address) are refused, for it has no ready pod',
      'Service web (address) go to its one pod',
      'Service web (address) go to one of its 2 pods',
    ]);
  });

  it('says why a leader that lost its Lease ends itself, and not so of one that crashes', () => {
    const cluster = createCluster({ profile: 'ha' });
    const told: string[] = [];
    cluster.observe(({ captions }) => {
      told.push(...captions.map(({ text }) => text).filter((text) => /^The scheduler .* has ended/.test(text)));
    });
    cluster.inject({ kind: 'component-crash', target: 'scheduler@kind-control-plane' });
    cluster.advance(60_000);
    expect(told).toEqual(['The scheduler on kind-control-plane has ended with exit code 137.']);
    const kept = cluster.inject({ kind: 'component-crash', target: 'scheduler@kind-control-plane', stay: true });
    cluster.advance(60_000);
    expect(told.slice(1)).toContain('The scheduler on kind-control-plane has ended with exit code 1.');
    expect(told.filter((text) => text.includes('could not renew'))).toEqual([]);
    cluster.heal(kept);
    cluster.advance(60_000);
    told.length = 0;
    const hosts = ['kind-control-plane', 'kind-control-plane2', 'kind-control-plane3'];
    const leads = (host: string): boolean =>
      cluster.kernel.state<{ election: { leading: boolean } }>(`scheduler@${host}`)?.election.leading === true;
    const leader = hosts.find(leads);
    for (const target of hosts) if (target !== leader) cluster.inject({ kind: 'node-power-off', target });
    cluster.advance(30_000);
    expect(told).toEqual([
      `The scheduler on ${leader} has ended with exit code 1: it led, could not renew its Lease for 10 s, and must not act without it.`,
    ]);
  });

  it('forgets with an etcd that has lost its data, and hears of what is new', () => {
    const cluster = createCluster();
    const known = new Map<string, unknown>();
    const captions: string[] = [];
    cluster.observe((frame) => {
      if (frame.full) known.clear();
      for (const [key, object] of frame.objects) object === null ? known.delete(key) : known.set(key, object);
      captions.push(...frame.captions.map(({ text }) => text));
    });
    cluster.apply(deployment(1));
    cluster.advance(10_000);
    expect(known.has('Deployment/default/web')).toBe(true);
    cluster.inject({ kind: 'etcd-disk-loss', target: 'etcd' });
    cluster.advance(60_000);
    expect(known.has('Deployment/default/web')).toBe(false);
    captions.length = 0;
    cluster.apply(deployment(1));
    cluster.advance(1_000);
    expect(known.has('Deployment/default/web')).toBe(true);
    expect(captions.some((text) => text.startsWith('kubectl creates Deployment web'))).toBe(true);
  });

  it('shows whoever comes later also the parts that are down', () => {
    const cluster = createCluster();
    const parts = (): Map<string, boolean> => {
      const seen = new Map<string, boolean>();
      const stop = cluster.observe(({ components }) => {
        for (const { address, running } of components) seen.set(address, running);
      });
      cluster.publish();
      stop();
      return seen;
    };
    const before = parts();
    cluster.inject({ kind: 'node-power-off', target: 'kind-control-plane' });
    const after = parts();
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [address, running] of after) expect(running, address).toBe(!address.endsWith('@kind-control-plane'));
  });

  it('notes in an event what it only stands in for', () => {
    const cluster = createCluster();
    const spec = { containers: [{ name: 'c', image: 'ghcr.io/someone/something:3' }] };
    cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
    cluster.settle();
    const events = cluster.eventsOf({ kind: 'Pod', namespace: 'default', name: 'p' }) as unknown as Told[];
    expect(events.filter(({ reason }) => reason === 'SimulatedImage').map(({ message }) => message)).toEqual([
      'Image "ghcr.io/someone/something:3" is not in the model\'s catalogue: a plain server that starts, listens and runs until it is stopped stands in for it.',
    ]);
  });
});

describe('what cannot run', () => {
  const told = (cluster: SimulatedCluster, name: string): string[] =>
    (cluster.eventsOf({ kind: 'Pod', namespace: 'default', name }) as unknown as Told[]).map(({ message }) => message);
  const pod = (name: string, spec: object, container: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { ...spec, containers: [{ name: 'c', image: 'nginx', ...container }] },
  });

  it('waits for a claim that nobody can make', () => {
    const cluster = createCluster();
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
    cluster.apply([
      pod('claim', { volumes }),
      pod('ephemeral', { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: template } }] }),
      pod('bound', { volumes, nodeName: 'kind-worker' }),
    ]);
    cluster.advance(20_000);
    const rest =
      'no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.';
    expect(told(cluster, 'claim')).toEqual([
      `0/4 nodes are available: persistentvolumeclaim "data" not found. ${rest}`,
    ]);
    expect(told(cluster, 'ephemeral')).toEqual([
      `0/4 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "ephemeral-v". ${rest}`,
    ]);
    expect(told(cluster, 'bound')).toEqual([
      'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found',
    ]);
  });

  it('is an image of root where only others may run', () => {
    const cluster = createCluster({ workers: 1 });
    const securityContext = { runAsNonRoot: true };
    cluster.apply([
      pod('root', { securityContext }),
      pod('chosen', { securityContext: { ...securityContext, runAsUser: 1000 } }),
      pod('zero', { securityContext }, { securityContext: { runAsUser: 0 } }),
      pod('named', { securityContext }, { image: 'curlimages/curl' }),
      pod('other', { securityContext }, { image: 'nginxinc/nginx-unprivileged' }),
    ]);
    cluster.advance(20_000);
    const states = ['root', 'chosen', 'zero', 'named', 'other'].map((name) => {
      const { metadata, status } = cluster.get('Pod', 'default', name) as Pod;
      const waiting = status?.containerStatuses?.[0]?.state?.waiting;
      return waiting ? `${waiting.reason}: ${waiting.message?.replace(metadata.uid as string, 'uid')}` : status?.phase;
    });
    const about = (name: string): string => `(pod: "${name}_default(uid)", container: c)`;
    expect(states).toEqual([
      `CreateContainerConfigError: container has runAsNonRoot and image will run as root ${about('root')}`,
      'Running',
      `CreateContainerConfigError: container's runAsUser breaks non-root policy ${about('zero')}`,
      `CreateContainerConfigError: container has runAsNonRoot and image has non-numeric user (curl_user), cannot verify user is non-root ${about('named')}`,
      'Running',
    ]);
  });
});

describe('the log of a pod', () => {
  it('is read since a time, and says why nobody answers', () => {
    const cluster = createCluster({ workers: 1 });
    const command = ['sh', '-c', 'i=0; while true; do echo $i; i=$((i+1)); sleep 1; done'];
    const spec = { nodeName: 'kind-worker', containers: [{ name: 'c', image: 'busybox', command }] };
    cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
    cluster.advance(20_000);
    const path = '/api/v1/namespaces/default/pods/p/log';
    const linesOf = (query: string): number =>
      String(cluster.request({ method: 'GET', path: `${path}?${query}` }).body).split('\n').length - 1;
    expect(linesOf('sinceSeconds=5')).toBe(5);
    expect(linesOf('sinceTime=2026-01-01T00:00:10Z')).toBeGreaterThanOrEqual(10);
    expect(linesOf('sinceTime=2026-01-01T00:00:10Z&tailLines=3')).toBe(3);
    const refusal = () => (cluster.request({ method: 'GET', path }).body as { message: string }).message;
    const dial = 'Get "https://172.18.0.3:10250/containerLogs/default/p/c": dial tcp 172.18.0.3:10250: ';
    const stopped = cluster.inject({ kind: 'kubelet-stop', target: 'kind-worker' });
    expect(refusal()).toBe(`${dial}connect: connection refused`);
    cluster.heal(stopped);
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker' });
    cluster.advance(60_000);
    expect(refusal()).toBe(`${dial}i/o timeout`);
  });
});

describe('the names that a pod knows', () => {
  it('follow from its spec', () => {
    const cluster = createCluster({ workers: 1 });
    const command = ['sh', '-c', 'hostname; cat /etc/resolv.conf; cat /etc/hosts'];
    const pod = (name: string, spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { restartPolicy: 'Never', ...spec, containers: [{ name: 'c', image: 'busybox', command }] },
    });
    const dnsConfig = { nameservers: ['1.2.3.4'], searches: ['my.dns'], options: [{ name: 'ndots', value: '2' }] };
    cluster.apply([
      pod('plain', { dnsConfig, hostAliases: [{ ip: '127.0.0.1', hostnames: ['foo.local', 'bar.local'] }] }),
      pod('member', { hostname: 'db-0', subdomain: 'db' }),
      pod('alone', { dnsPolicy: 'None', dnsConfig }),
      pod('host', { hostNetwork: true }),
      pod('both', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
    ]);
    cluster.advance(20_000);
    const said = (name: string): string[] => cluster.logs('default', name).trimEnd().split('\n');
    const ip = (name: string): string => (cluster.get('Pod', 'default', name) as Pod).status?.podIP as string;
    const zones = 'default.svc.cluster.local svc.cluster.local cluster.local';
    const ofCluster = [`search ${zones}`, 'nameserver 10.96.0.10', 'options ndots:5'];
    expect(said('plain')).toEqual([
      'plain',
      `search ${zones} my.dns`,
      'nameserver 10.96.0.10',
      'nameserver 1.2.3.4',
      'options ndots:2',
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
      `${ip('plain')}\tplain`,
      '',
      '# Entries added by HostAliases.',
      '127.0.0.1\tfoo.local\tbar.local',
    ]);
    expect(said('member').slice(-1)).toEqual([`${ip('member')}\tdb-0.db.default.svc.cluster.local\tdb-0`]);
    expect(said('alone').slice(1, 4)).toEqual(['search my.dns', 'nameserver 1.2.3.4', 'options ndots:2']);
    expect(said('host').slice(0, 3)).toEqual(['kind-worker', 'nameserver 172.18.0.1', 'options ndots:0']);
    expect(said('both').slice(0, 4)).toEqual(['kind-worker', ...ofCluster]);
  });
});

describe('a request straight to an address', () => {
  const pod = (name: string, nodeName: string, more: object = {}, container: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { nodeName, ...more, containers: [{ name: 'c', image: 'nginx', ...container }] },
  });
  const client = pod('client', 'kind-worker', {}, { image: 'busybox', command: ['sleep', '100000'] });
  const service = (name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80 }], ...more },
  });
  const get = (cluster: SimulatedCluster, url: string): string => {
    const path = '/api/v1/namespaces/default/pods/client/exec';
    const { body } = cluster.request({ method: 'POST', path, body: { command: ['wget', '-qO-', url] } });
    return (body as { stdout: string }).stdout.split('\n').find((line) => /title|wget/.test(line)) ?? '';
  };
  const ipOf = (cluster: SimulatedCluster, name: string): string =>
    (cluster.get('Pod', 'default', name) as Pod).status?.podIP ?? '';
  const page = '<title>Welcome to nginx!</title>';
  const lost = 'wget: download timed out';
  const KINDNET = { kind: 'component-crash', target: 'kindnet@kind-worker', stay: true };
  const routesOf = (cluster: SimulatedCluster, node: string): string[] =>
    [...(cluster.kernel.state<MachineState>(`machine@${node}`)?.routes.values() ?? [])].map(routeText).sort();

  it('reaches what is on another node, also when kindnet has stopped', () => {
    const cluster = createCluster();
    const far = service('far', { clusterIP: 'None' });
    cluster.apply([pod('far', 'kind-worker2'), pod('host', 'kind-worker3', { hostNetwork: true }), client, far]);
    cluster.advance(15_000);
    const check = (): void => {
      expect(get(cluster, `http://${ipOf(cluster, 'far')}`)).toBe(page);
      expect(get(cluster, 'http://far')).toBe(page);
      expect(get(cluster, 'http://172.18.0.5')).toBe(page);
      const refused = "wget: can't connect to remote host (172.18.0.5): Connection refused";
      expect(get(cluster, 'http://172.18.0.5:81')).toBe(refused);
      expect(get(cluster, 'http://10.244.77.1')).toBe(lost);
    };
    check();
    cluster.inject(KINDNET);
    check();
    expect(routesOf(cluster, 'kind-worker')).toHaveLength(3);
  });

  it('does not reach a node that has come while kindnet was down, until it is back', () => {
    const cluster = createCluster();
    cluster.apply([client, service('far')]);
    cluster.advance(15_000);
    const { clusterIP } = (cluster.get('Service', 'default', 'far') as Service).spec ?? {};
    const before = routesOf(cluster, 'kind-worker');
    const fault = cluster.inject(KINDNET);
    // The node comes back with another range.
    const stopped = cluster.inject({ kind: 'kubelet-stop', target: 'kind-worker2' });
    cluster.delete({ kind: 'Node', name: 'kind-worker2' });
    cluster.advance(5_000);
    cluster.heal(stopped);
    cluster.advance(30_000);
    const { podCIDR } = (cluster.get('Node', null, 'kind-worker2') as Node).spec ?? {};
    expect(before.some((route) => route.startsWith(podCIDR as string))).toBe(false);
    cluster.apply([pod('far', 'kind-worker2')]);
    cluster.advance(30_000);
    const far = ipOf(cluster, 'far');
    expect(far).toContain((podCIDR as string).replace('0/24', ''));
    expect(routesOf(cluster, 'kind-worker')).toEqual(before);
    expect(get(cluster, `http://${far}`)).toBe(lost);
    expect(get(cluster, `http://${clusterIP}`)).toBe(lost);
    // From other nodes there is a way.
    expect(routesOf(cluster, 'kind-worker3')).toContain(`${podCIDR} via 172.18.0.4 dev eth0`);
    cluster.heal(fault);
    cluster.advance(60_000);
    expect(routesOf(cluster, 'kind-worker')).toEqual([...before, `${podCIDR} via 172.18.0.4 dev eth0`].sort());
    expect(get(cluster, `http://${far}`)).toBe(page);
    expect(get(cluster, `http://${clusterIP}`)).toBe(page);
  });

  it('reaches nothing on other nodes after a reboot, until kindnet has run', () => {
    const cluster = createCluster();
    cluster.apply([client, pod('far', 'kind-worker2')]);
    cluster.advance(15_000);
    const fault = cluster.inject(KINDNET);
    cluster.inject({ kind: 'node-reboot', target: 'kind-worker' });
    cluster.advance(60_000);
    expect(routesOf(cluster, 'kind-worker')).toEqual([]);
    expect((cluster.get('Pod', 'default', 'client') as Pod).status?.containerStatuses?.[0]?.ready).toBe(true);
    expect(get(cluster, `http://${ipOf(cluster, 'far')}`)).toBe(lost);
    cluster.heal(fault);
    cluster.advance(60_000);
    expect(routesOf(cluster, 'kind-worker')).toHaveLength(3);
    expect(get(cluster, `http://${ipOf(cluster, 'far')}`)).toBe(page);
  });

  it('asks kindnet for the way in a cluster of many nodes', () => {
    const cluster = createCluster({ workers: 70 });
    const far = pod('far', 'kind-worker60');
    cluster.apply([far, client]);
    cluster.advance(15_000);
    expect(get(cluster, `http://${ipOf(cluster, 'far')}`)).toBe(page);
    expect(routesOf(cluster, 'kind-worker')).toEqual([]);
  });
});

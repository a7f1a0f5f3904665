import type { Node, Pod, Service } from '../../engine/api/generated/types.ts';
import type { KubernetesObject } from '../../engine/api/object.ts';
import type { Caption, ComponentView, Frame, MachineView, MessageView, Traffic } from '../../engine/door.ts';
import { keyOf } from '../store/keys.ts';

/** A made-up cluster for developing and testing the page without an engine; never part of the product. */
export interface FixtureOptions {
  readonly workers: number;
  readonly podsPerWorker: number;
  /** Every status that a pod can have, on the first workers. */
  readonly varied?: boolean;
  readonly dead?: string;
}

const CONTROL_PLANE = 'kind-control-plane';
const at = '2026-01-01T00:00:00Z';

export function fixtureFrame({ workers, podsPerWorker, varied = false, dead }: FixtureOptions): Frame {
  const names = Array.from({ length: workers }, (_, i) => (i === 0 ? 'kind-worker' : `kind-worker${i + 1}`));
  const objects: KubernetesObject[] = [node(CONTROL_PLANE, true), ...names.map((name) => node(name, name !== dead))];
  objects.push(...systemPods(CONTROL_PLANE, true), ...names.flatMap((name) => systemPods(name, false)));
  const apps = ['web', 'api', 'cache', 'shop'];
  for (const [i, name] of names.entries()) {
    for (let k = 0; k < podsPerWorker; k += 1) {
      const app = apps[(i + k) % apps.length] ?? 'web';
      const look = varied ? LOOKS[(i * podsPerWorker + k) % LOOKS.length] : running;
      objects.push(look!(pod('default', app, `${app}-7c9f5d8b6-${suffix(i * 100 + k)}`, name)));
    }
  }
  if (varied) objects.push(pending(pod('default', 'web', 'web-7c9f5d8b6-zz9xp')));
  objects.push(service('default', 'web', '10.96.14.7', 80), service('kube-system', 'kube-dns', '10.96.0.10', 53));
  objects.push(slice('default', 'web', names.slice(0, 3)));
  objects.push(...[CONTROL_PLANE, ...names].map((name) => lease(name, name === dead ? 331_000 : 394_000)));
  const machines = [
    machine(CONTROL_PLANE, 'control-plane', true),
    ...names.map((name) => machine(name, 'worker', name !== dead)),
  ];
  return {
    now: 398_412,
    full: true,
    objects: objects.map((object) => [
      keyOf(object.kind, object.metadata.namespace, object.metadata.name ?? ''),
      object,
    ]),
    machines,
    components: components(names),
    inFlight: [],
    happened: [],
    captions: [caption()],
    marks: [
      { at: 1000, kind: 'act', text: 'kubectl apply -f web.yaml' },
      { at: 250_000, kind: 'fault', text: 'kind-worker3 has no power.' },
    ],
    faults: [],
    planned: [],
    settled: false,
    etcdRevision: 1043,
  };
}

/** A frame that tells of nothing, for tests to add what theirs is about. */
export const EMPTY_FRAME: Frame = {
  now: 0,
  full: false,
  objects: [],
  machines: [],
  components: [],
  inFlight: [],
  happened: [],
  captions: [],
  marks: [],
  faults: [],
  planned: [],
  settled: true,
  etcdRevision: 1,
};

/** A request of kubectl's that arrived 10 ms after the one of the number before. */
export const requestNumbered = (id: number, label = `message ${id}`): MessageView => ({
  id,
  from: 'kubectl@laptop',
  to: 'apiserver@kind-control-plane',
  sentAt: id * 10 - 5,
  dueAt: id * 10,
  cause: 0,
  periodic: false,
  traffic: 'request',
  label,
});

/** Messages under way on every kind of edge, `share` of their way done. */
export function fixtureMessages(now: number, share: number, workers: number): MessageView[] {
  const api = `apiserver@${CONTROL_PLANE}`;
  const span = 200;
  const make = (
    id: number,
    from: string,
    to: string,
    traffic: Traffic,
    label: string,
    shift: number,
    actor?: string,
  ): MessageView => {
    const done = (share + shift) % 1;
    return {
      id,
      from,
      to,
      sentAt: now - done * span,
      dueAt: now + (1 - done) * span,
      cause: 0,
      periodic: false,
      traffic,
      label,
      actor,
    };
  };
  const messages = [
    make(1, `scheduler@${CONTROL_PLANE}`, api, 'request', 'POST pods/web-7c9f5d8b6-zz9xp/binding', 0.1),
    make(2, api, `etcd@${CONTROL_PLANE}`, 'etcd', 'Txn put /registry/pods/default/web-7c9f5d8b6-zz9xp', 0.4),
    make(
      3,
      api,
      `controller-manager@${CONTROL_PLANE}`,
      'watch',
      'ADDED pod/web-7c9f5d8b6-zz9xp',
      0.7,
      'replicaset-controller',
    ),
    make(4, api, 'kubectl@laptop', 'response', '201', 0.2),
  ];
  for (let i = 0; i < workers; i += 1) {
    const host = i === 0 ? 'kind-worker' : `kind-worker${i + 1}`;
    messages.push(
      make(10 + i * 5, api, `kubelet@${host}`, 'watch', `MODIFIED pod/web-${suffix(i)}`, 0.13 * i),
      make(11 + i * 5, `kube-proxy@${host}`, `machine@${host}`, 'packet-filter', 'iptables-restore', 0.3 + 0.17 * i),
      make(12 + i * 5, `kubelet@${host}`, `containerd@${host}`, 'cri', 'RunPodSandbox', 0.5 + 0.11 * i),
    );
  }
  return messages;
}

function suffix(i: number): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return [17, 5, 11, 3, 7].map((step, k) => letters[(i * step + k * 7 + 3) % letters.length]).join('');
}

function node(name: string, ready: boolean): Node {
  const message = ready ? 'kubelet is posting ready status' : 'Kubelet stopped posting node status.';
  const status = ready ? 'True' : 'Unknown';
  const condition = { type: 'Ready', status, reason: ready ? 'KubeletReady' : 'NodeStatusUnknown', message };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, creationTimestamp: at },
    spec: {},
    status: {
      conditions: [{ ...condition, lastTransitionTime: at, lastHeartbeatTime: at }],
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    },
  } as Node;
}

function pod(namespace: string, app: string, name: string, nodeName?: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `${namespace}/${name}`,
      creationTimestamp: at,
      labels: { app, ...(name.includes('-7c9f5d8b6-') && { 'pod-template-hash': '7c9f5d8b6' }) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-7c9f5d8b6`, uid: app, controller: true },
      ],
    },
    spec: {
      nodeName,
      containers: [{ name: app, image: 'nginx:1.27', resources: { requests: { cpu: '250m', memory: '256Mi' } } }],
    },
    status: { phase: 'Pending' },
  } as Pod;
}

type Look = (pod: Pod) => Pod;
const withStatus =
  (status: object): Look =>
  (base) =>
    ({ ...base, status: { ...base.status, ...status } }) as Pod;
const container = (state: object, ready = false, restartCount = 0): object => ({
  containerStatuses: [{ name: 'web', ready, restartCount, state, image: 'nginx:1.27', imageID: '' }],
});

const running: Look = withStatus({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  ...container({ running: { startedAt: at } }, true),
});
const pending: Look = withStatus({ phase: 'Pending' });
const notReady = withStatus({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False' }],
  ...container({ running: { startedAt: at } }),
});
const starting = withStatus({ phase: 'Pending', ...container({ waiting: { reason: 'ContainerCreating' } }) });
const crashing = withStatus({ phase: 'Running', ...container({ waiting: { reason: 'CrashLoopBackOff' } }, false, 4) });
const succeeded = withStatus({
  phase: 'Succeeded',
  ...container({ terminated: { exitCode: 0, reason: 'Completed' } }),
});
const failed = withStatus({ phase: 'Failed', ...container({ terminated: { exitCode: 1, reason: 'Error' } }) });
const unknown = withStatus({ phase: 'Running', reason: 'NodeLost' });
const terminating: Look = (base) => ({ ...running(base), metadata: { ...base.metadata, deletionTimestamp: at } });

const LOOKS: readonly Look[] = [
  running,
  starting,
  notReady,
  crashing,
  terminating,
  unknown,
  succeeded,
  failed,
  running,
  running,
];

function systemPods(name: string, isControlPlane: boolean): Pod[] {
  const own = ['kindnet', 'kube-proxy'].map(
    (app) => `${app}-${suffix(name.length + app.length + name.charCodeAt(name.length - 1))}`,
  );
  const parts = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(
    (part) => `${part}-${name}`,
  );
  const dns = ['coredns-668d6bf9bc-7xk2p', 'coredns-668d6bf9bc-m4b9s'];
  const names = isControlPlane ? [...parts, ...own, ...dns] : own;
  return names.map((podName) => running(pod('kube-system', podName.split('-')[0] ?? '', podName, name)));
}

function service(namespace: string, name: string, clusterIP: string, port: number): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, uid: name, creationTimestamp: at },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      type: 'ClusterIP',
      ports: [{ port, protocol: 'TCP', targetPort: port }],
    },
  } as Service;
}

function lease(name: string, renewedAt: number): KubernetesObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { holderIdentity: name, renewTime: new Date(Date.parse(at) + renewedAt).toISOString() },
  } as KubernetesObject;
}

function slice(namespace: string, name: string, nodes: readonly string[]): KubernetesObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-9kx2p`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ port: 80, protocol: 'TCP', name: '' }],
    endpoints: nodes.map((nodeName, i) => ({
      addresses: [`10.244.${i + 1}.4`],
      nodeName,
      conditions: { ready: true, serving: true, terminating: false },
    })),
  } as KubernetesObject;
}

function machine(name: string, role: MachineView['role'], powered: boolean): MachineView {
  const agents = ['machine', 'kubelet', 'containerd', 'kube-proxy'];
  const parts = role === 'control-plane' ? ['etcd', 'apiserver', 'scheduler', 'controller-manager'] : [];
  return {
    name,
    role,
    powered,
    boots: 1,
    internalIP: '172.18.0.2',
    running: powered ? [...agents, ...parts] : [],
    cpuMillis: 4000,
    memoryBytes: 8 * 2 ** 30,
  };
}

function components(workers: readonly string[]): ComponentView[] {
  const make = (component: string, host: string, view: object): ComponentView => ({
    address: `${component}@${host}`,
    component,
    host,
    running: true,
    startedAt: 0,
    view,
  });
  return [
    make('etcd', CONTROL_PLANE, { term: 2, keys: 312, members: [{ name: CONTROL_PLANE, role: 'leader' }] }),
    make('apiserver', CONTROL_PLANE, { watchers: 37 }),
    make('scheduler', CONTROL_PLANE, { leading: true, counts: { active: 1, backoff: 0, unschedulable: 0 } }),
    make('controller-manager', CONTROL_PLANE, { leading: true }),
    ...[CONTROL_PLANE, ...workers].flatMap((host) => [
      make('kubelet', host, {}),
      make('containerd', host, {}),
      make('kube-proxy', host, { rules: 51 }),
    ]),
  ];
}

function caption(): Caption {
  return {
    at: 398_400,
    messageId: 1,
    component: 'scheduler',
    text: 'Scheduler bound web-7c9f5d8b6-zz9xp to kind-worker2: 2 of 3 nodes passed the filters. It only writes the name; the kubelet there starts the container.',
    objects: ['Pod/default/web-7c9f5d8b6-zz9xp', 'Node//kind-worker2'],
  };
}

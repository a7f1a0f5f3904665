import type { EndpointSlice } from '../api/generated/types.ts';
import type { KubernetesObject, ObjectMeta } from '../api/object.ts';
import { storageKeyOf } from '../api/storage-keys.ts';
import { toRFC3339 } from '../api/time.ts';
import type { Compare, Operation } from '../etcd/messages.ts';
import type { Env } from '../kernel/types.ts';
import { firstClusterIP } from './allocation.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, CONTROLLER_ROLES, rulesFrom } from './bootstrap-policy.ts';
import { newUid } from './create.ts';
import { trackUpdate, type Writer } from './managed-fields.ts';
import { fieldTypeOf } from './patch/field-type.ts';
import { asStored, resetting, unchanged } from './server.ts';
import type { ApiServerState } from './state.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const RBAC = 'rbac.authorization.k8s.io';
const SECURE_PORT = 6443;

type Content = Omit<KubernetesObject, 'metadata'> & { metadata: Partial<ObjectMeta>; [field: string]: unknown };

/**
 * What every cluster has and this one has not yet: namespaces, priority classes, roles with their bindings, and Service
 * `kubernetes`. Source: pkg/controlplane/instance.go and its post-start hooks
 */
export function bootstrap(state: ApiServerState, env: Env): { key: string; object: KubernetesObject }[] {
  const missing: { key: string; object: KubernetesObject }[] = [];
  for (const content of contents(state)) {
    const key = storageKeyOf(content as KubernetesObject) as string;
    if (!state.objects.has(key)) missing.push({ key, object: complete(content, env) });
  }
  return missing;
}

function* contents(state: ApiServerState): Iterable<Content> {
  for (const name of NAMESPACES) {
    yield {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
  }
  yield priorityClass('system-node-critical', 2_000_001_000, 'must not be moved from their current node');
  yield priorityClass(
    'system-cluster-critical',
    2_000_000_000,
    'must run in the cluster, but can be moved to another node if necessary',
  );
  yield* roles();
  yield serviceKubernetes(state);
}

function priorityClass(name: string, value: number, purpose: string): Content {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name, generation: 1 },
    description: `Used for system critical pods that ${purpose}.`,
    value,
    preemptionPolicy: 'PreemptLowerPriority',
  };
}

function* roles(): Iterable<Content> {
  const metadata = (name: string): Partial<ObjectMeta> => ({
    name,
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  });
  const role = (name: string, rules: string): Content => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: metadata(name),
    rules: rulesFrom(rules),
  });
  const binding = (name: string, roleName: string, subject: object): Content => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: roleName },
    subjects: [subject],
  });
  for (const name in CLUSTER_ROLES) yield role(name, CLUSTER_ROLES[name] as string);
  for (const name in CONTROLLER_ROLES) {
    const full = `system:controller:${name}`;
    yield role(full, CONTROLLER_ROLES[name] as string);
    yield binding(full, full, account(name));
  }
  for (const [name, roleName, subject] of CLUSTER_ROLE_BINDINGS) {
    const who = subject.slice(2);
    const kind = subject.startsWith('U') ? 'User' : 'Group';
    yield binding(name, roleName, subject.startsWith('S') ? account(who) : { apiGroup: RBAC, kind, name: who });
  }
}

function account(name: string): object {
  return { kind: 'ServiceAccount', name, namespace: 'kube-system' };
}

function serviceKubernetes(state: ApiServerState): Content {
  const clusterIP = firstClusterIP(state.config.serviceSubnet);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: SECURE_PORT }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  };
}

function complete(content: Content, env: Env): KubernetesObject {
  const metadata = { ...content.metadata, uid: newUid(env), creationTimestamp: toRFC3339(env.wallNow) } as ObjectMeta;
  return trackUpdate(undefined, { ...content, metadata }, fieldTypeOf(content.kind), writer(env));
}

function writer(env: Env): Writer {
  return { manager: 'kube-apiserver', operation: 'Update', time: toRFC3339(env.wallNow), reset: resetting(['status']) };
}

export const ENDPOINTS_KEY = '/registry/endpointslices/default/kubernetes';

/** A write that keeps the endpoints of Service `kubernetes` true. */
export interface EndpointsWrite {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}

/**
 * The write that puts this server's address (or the given ones, and no others) into the endpoints of Service
 * `kubernetes`; undefined if they are there. Source: pkg/controlplane/reconcilers/endpointsadapter.go
 */
export function keepEndpoints(
  state: ApiServerState,
  env: Env,
  servers?: readonly string[],
): EndpointsWrite | undefined {
  const own = state.config.internalIP;
  if (own === undefined) return undefined;
  const endpoint = (address: string) => ({ addresses: [address], conditions: { ready: true } });
  const content: Content = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      generation: 1,
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: (servers ?? [own]).map(endpoint),
    ports: [{ name: 'https', port: SECURE_PORT, protocol: 'TCP' }],
  };
  const key = ENDPOINTS_KEY;
  const live = state.objects.get(key) as EndpointSlice | undefined;
  if (live === undefined) {
    return { compare: [unchanged(key, undefined)], operations: [{ op: 'put', key, value: complete(content, env) }] };
  }
  const there = live.endpoints.map(({ addresses }) => addresses[0] as string);
  const wanted = servers ?? (there.includes(own) ? there : [...there, own]);
  if (wanted.join() === there.join()) return undefined;
  const metadata = { ...live.metadata, generation: (live.metadata.generation ?? 0) + 1 };
  const next = { ...live, endpoints: wanted.map(endpoint), metadata };
  return { compare: [unchanged(key, live)], operations: [{ op: 'put', key, value: asStored(next) }] };
}

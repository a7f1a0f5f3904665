import type {
  DaemonSet,
  Deployment,
  EndpointSlice,
  Node,
  Pod,
  ReplicaSet,
  Service,
} from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { resourceOfKind } from '../../api/resources.ts';
import { matchesAll } from '../../api/selectors.ts';
import { storageKey } from '../../api/storage-keys.ts';
import type { ApiServerProcess } from '../../apiserver/state.ts';
import { objectKey } from '../../client/informer.ts';
import type { ClientState } from '../../client/state.ts';
import type { EtcdState } from '../../etcd/state.ts';
import type { SimulatedCluster } from '../../index.ts';
import type { ContainerdState } from '../../runtime/state.ts';
import { orphans } from './orphans.ts';
import { neverReady } from './workload.ts';

const isReady = ({ status }: Pod | Node): boolean =>
  (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/**
 * What is not yet as it was asked for, as sentences; the first one only, unless all are wanted. A cluster in which
 * nothing is broken comes to have none.
 */
export function* unmet(cluster: SimulatedCluster): Generator<string> {
  for (const object of cluster.list('Node')) {
    const node = object as Node;
    if (!isReady(node)) yield `${nameOf(node)} is not Ready`;
    const taint = node.spec?.taints?.find(({ key }) => /node.kubernetes.io\/(not-ready|unreachable)/.test(key));
    if (taint) yield `${nameOf(node)} has the taint ${taint.key}`;
  }
  for (const object of cluster.list('Namespace')) {
    if (object.metadata.deletionTimestamp) yield `${nameOf(object)} is Terminating`;
  }
  const pods = cluster.list('Pod') as Pod[];
  for (const object of cluster.list('Deployment')) yield* unmetDeployment(object as Deployment);
  for (const object of cluster.list('ReplicaSet')) yield* unmetReplicaSet(object as ReplicaSet, pods);
  for (const object of cluster.list('DaemonSet')) yield* unmetDaemonSet(object as DaemonSet);
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp) yield `${nameOf(pod)} is Terminating`;
    if (isOver(pod) || neverReady(pod.spec.containers[0]?.image)) continue;
    if (!isReady(pod)) yield `${nameOf(pod)} is not Ready`;
  }
  yield* unmetServices(cluster, pods);
}

function* unmetDeployment(deployment: Deployment): Generator<string> {
  const { spec, status, metadata } = deployment;
  const name = nameOf(deployment as KubernetesObject);
  if (metadata.deletionTimestamp) yield `${name} is being deleted`;
  if (status?.observedGeneration !== metadata.generation) yield `${name} has a generation that is not observed`;
  if (neverReady(spec?.template.spec?.containers[0]?.image)) return;
  const replicas = spec?.replicas ?? 1;
  const { replicas: now = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  if (now !== replicas || updatedReplicas !== replicas || availableReplicas !== replicas)
    yield `${name} has ${now} replicas, ${updatedReplicas} updated, ${availableReplicas} available, of ${replicas}`;
}

function* unmetReplicaSet(set: ReplicaSet, pods: readonly Pod[]): Generator<string> {
  const { spec, status, metadata } = set;
  const name = nameOf(set as KubernetesObject);
  if (metadata.deletionTimestamp) yield `${name} is being deleted`;
  const own = pods.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
  const alive = own.filter((pod) => !isOver(pod) && !pod.metadata.deletionTimestamp).length;
  const replicas = spec?.replicas ?? 1;
  if (alive !== replicas || status?.replicas !== replicas) yield `${name} has ${alive} pods of ${replicas}`;
}

function* unmetDaemonSet(set: DaemonSet): Generator<string> {
  const { status, metadata } = set;
  const { desiredNumberScheduled: desired = 0, numberReady = 0, updatedNumberScheduled = 0 } = status ?? {};
  const name = nameOf(set as KubernetesObject);
  if (status?.observedGeneration !== metadata.generation) yield `${name} has a generation that is not observed`;
  if (numberReady !== desired || updatedNumberScheduled !== desired)
    yield `${name} has ${numberReady} ready and ${updatedNumberScheduled} updated of ${desired}`;
}

/** The slices of a Service list the ready pods that it selects. */
function* unmetServices(cluster: SimulatedCluster, pods: readonly Pod[]): Generator<string> {
  const slices = cluster.list('EndpointSlice') as EndpointSlice[];
  for (const object of cluster.list('Service')) {
    const { metadata, spec } = object as Service;
    const selector = spec?.selector;
    if (selector === undefined) continue;
    const wanted = pods
      .filter((pod) => pod.metadata.namespace === metadata.namespace && matchesAll(selector, pod.metadata.labels))
      .filter((pod) => isReady(pod) && !isOver(pod) && !pod.metadata.deletionTimestamp)
      .map((pod) => pod.status?.podIP);
    const listed = slices
      .filter((slice) => slice.metadata?.namespace === metadata.namespace)
      .filter((slice) => slice.metadata?.labels?.['kubernetes.io/service-name'] === metadata.name)
      .flatMap((slice) => slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready === true)
      .map(({ addresses }) => addresses[0]);
    const [a, b] = [wanted.sort().join(' '), listed.sort().join(' ')];
    if (a !== b) yield `${nameOf(object)} lists [${b}], not [${a}]`;
  }
}

/** What must not be in a cluster that has come to rest, as sentences. */
export function* wrongAtRest(cluster: SimulatedCluster): Generator<string> {
  const pods = cluster.list('Pod') as Pod[];
  const nodes = new Set(cluster.list('Node').map(({ metadata }) => metadata.name));
  const addresses = new Map<string, string>();
  for (const { object, owner } of orphans(cluster))
    yield `${nameOf(object)} has lost its owner ${owner.kind} ${owner.name}`;
  for (const pod of pods) {
    const node = pod.spec.nodeName;
    if (node !== undefined && !nodes.has(node)) yield `${nameOf(pod)} is on ${node}, which does not exist`;
    const ip = pod.status?.podIP;
    if (pod.spec.hostNetwork || isOver(pod) || ip === undefined) continue;
    const other = addresses.get(ip);
    if (other !== undefined) yield `${nameOf(pod)} and ${other} share ${ip}`;
    addresses.set(ip, nameOf(pod));
  }
  yield* strayContainers(cluster, pods);
  yield* staleCopies(cluster);
  yield* staleServers(cluster);
  yield* staleRules(cluster);
  yield* unequalMembers(cluster);
}

/** Every sandbox that runs belongs to a pod of its node, every pod that runs has one, and containers are as they are said to be. */
function* strayContainers(cluster: SimulatedCluster, pods: readonly Pod[]): Generator<string> {
  const running = new Map<string, string>();
  const containers = new Set<string>();
  for (const { component, host, state } of cluster.kernel.processes.values()) {
    if (component !== 'containerd') continue;
    const runtime = state as ContainerdState;
    for (const { id, state: is } of runtime.containers.values()) if (is === 'RUNNING') containers.add(id);
    for (const { config, state: is } of runtime.sandboxes.values()) {
      if (is !== 'READY') continue;
      const name = `${config.namespace}/${config.name} on ${host}`;
      if (running.has(name)) yield `${name} runs twice`;
      running.set(name, config.uid);
    }
  }
  for (const { metadata, spec, status } of pods) {
    const name = `${metadata.namespace}/${metadata.name} on ${spec.nodeName}`;
    if (status?.phase === 'Running' && !running.delete(name)) yield `${name} has no sandbox`;
    else running.delete(name);
    for (const { containerID, state, name: container } of status?.containerStatuses ?? []) {
      const runs = containers.has(containerID?.replace('containerd://', '') ?? '');
      if ((state?.running !== undefined) !== runs) yield `${name}: ${container} ${runs ? 'runs' : 'does not run'}`;
    }
  }
  for (const name of running.keys()) yield `${name} runs, and there is no such pod`;
}

/** What informers hold is what etcd has. */
function* staleCopies(cluster: SimulatedCluster): Generator<string> {
  const store = cluster.store();
  for (const { address, state } of cluster.kernel.processes.values()) {
    const { informers = {} } = clientOf(state) ?? {};
    for (const { path, objects, synced, phase } of Object.values(informers)) {
      // Leases are renewed all the time: one is always on its way.
      if ((!synced && phase === 'stopped') || path.endsWith('/leases')) continue;
      for (const object of objects.values()) {
        const resource = resourceOfKind(object.apiVersion, object.kind);
        const key = resource && storageKey(resource, object.metadata.namespace, object.metadata.name);
        const kv = key === undefined ? undefined : store?.keys.get(key);
        const name = `${path} of ${address}: ${objectKey(object)}`;
        if (kv === undefined) yield `${name} does not exist`;
        else if (String(kv.modRevision) !== object.metadata.resourceVersion)
          yield `${name} is of ${object.metadata.resourceVersion}, not of ${kv.modRevision}`;
      }
    }
  }
}

/** Every API server that runs has all of etcd in its cache, and is one of the endpoints of Service kubernetes. */
function* staleServers(cluster: SimulatedCluster): Generator<string> {
  const keys = cluster.store()?.keys;
  const [slice] = cluster.list('EndpointSlice', 'default').filter(({ metadata }) => metadata.name === 'kubernetes');
  const listed = (slice as EndpointSlice | undefined)?.endpoints?.flatMap(({ addresses }) => addresses) ?? [];
  let servers = 0;
  for (const { component, address, state } of cluster.kernel.processes.values()) {
    if (component !== 'apiserver') continue;
    servers++;
    const { server } = state as ApiServerProcess;
    for (const [key, { metadata, kind }] of server.objects.entries()) {
      const revision = keys?.get(key)?.modRevision;
      const isOld = String(revision) !== metadata.resourceVersion && kind !== 'Lease' && kind !== 'Event';
      if (isOld) yield `${address} has ${key} of ${metadata.resourceVersion}, not of ${revision}`;
    }
    const { internalIP } = server.config as { internalIP?: string };
    if (internalIP && !listed.includes(internalIP)) yield `${address} is no endpoint of Service kubernetes`;
  }
  if (listed.length > servers) yield `Service kubernetes has ${listed.length} endpoints for ${servers} API servers`;
}

/** The rules of every node lead to just the ready endpoints. */
function* staleRules(cluster: SimulatedCluster): Generator<string> {
  const wanted = new Set<string>();
  const services = new Set(cluster.list('Service').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  for (const object of cluster.list('EndpointSlice')) {
    const { metadata, endpoints, ports } = object as EndpointSlice;
    const service = metadata?.labels?.['kubernetes.io/service-name'];
    if (!services.has(`${metadata?.namespace}/${service}`)) continue;
    for (const { addresses, conditions } of endpoints ?? [])
      if (conditions?.ready !== false) for (const { port } of ports ?? []) wanted.add(`${addresses[0]}:${port}`);
  }
  const text = [...wanted].sort().join(' ');
  for (const { metadata } of cluster.list('Node')) {
    if (!cluster.kernel.processes.has(`kube-proxy@${metadata.name}`)) continue;
    const found = cluster.iptablesSave(metadata.name).matchAll(/--to-destination (\S+)/g);
    const rules = [...new Set([...found].map(([, to]) => to))].sort().join(' ');
    if (rules !== text) yield `the rules of ${metadata.name} lead to [${rules}], not to [${text}]`;
  }
}

/** The client of a component's state, or of the one part that its state has. */
function clientOf(state: unknown): Partial<ClientState> | undefined {
  const own = (state as { client?: ClientState }).client;
  if (own !== undefined) return own;
  const [part] = Object.values(state as Record<string, { client?: ClientState } | undefined>);
  return part?.client;
}

/** Leases are renewed all the time: so many writes may be on their way to a member. */
const ON_THEIR_WAY = 8;

function* unequalMembers(cluster: SimulatedCluster): Generator<string> {
  const newest = cluster.store();
  let leaders = 0;
  for (const { component, address, state } of cluster.kernel.processes.values()) {
    if (component !== 'etcd') continue;
    const { store, raft } = state as EtcdState;
    // Who belongs to no group tries in vain.
    if (raft === null) continue;
    if (raft.role === 'leader') leaders++;
    const behind = (newest?.revision ?? 0) - store.revision;
    if (behind > ON_THEIR_WAY) yield `${address} is ${behind} revisions behind`;
    if (behind === 0 && store.keys.size !== newest?.keys.size)
      yield `${address} has ${store.keys.size} keys of ${newest?.keys.size}`;
  }
  if (leaders !== 1) yield `${leaders} members of etcd lead`;
}

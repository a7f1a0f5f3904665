import type {
  ContainerStatus,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Service,
} from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { inSentence } from './speakers.ts';

/** A committed write: who, what it was before, what it is now. */
export interface Write {
  readonly who: string;
  readonly before?: KubernetesObject;
  /** Undefined when the object was removed. */
  readonly after?: KubernetesObject;
}

/** A sentence or two on a write, or undefined for bookkeeping that nobody needs to read. */
export function narrateWrite(write: Write): string | undefined {
  const kind = (write.after ?? write.before)?.kind ?? '';
  const special = SENTENCES[kind]?.(write);
  if (special !== undefined) return special === '' ? undefined : special;
  return plainSentence(write);
}

type Sentence = (write: Write) => string | undefined;

/** Kinds with sentences of their own. '' says nothing; undefined falls back to the plain sentence. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  Pod: podSentence,
  Node: nodeSentence,
  Deployment: deploymentSentence,
  ReplicaSet: replicaSetSentence,
  DaemonSet: daemonSetSentence,
  EndpointSlice: endpointSliceSentence,
  Service: serviceSentence,
  Namespace: namespaceSentence,
  Event: () => '',
  Lease: leaseSentence,
  ControllerRevision: () => '',
};

function plainSentence({ who, before, after }: Write): string | undefined {
  const object = (after ?? before) as KubernetesObject;
  const name = `${object.kind} ${object.metadata.name}`;
  if (before === undefined) return `${who} creates ${name}.`;
  if (after === undefined) return `${name} is removed from the store, asked for by ${inSentence(who)}.`;
  if (startsDeletion(before, after))
    return `${who} marks ${name} for deletion; finalizers hold it until their work is done.`;
  return `${who} changes ${name}.`;
}

const startsDeletion = (before: KubernetesObject, after: KubernetesObject): boolean =>
  before.metadata.deletionTimestamp === undefined && after.metadata.deletionTimestamp !== undefined;

/** Leases of leader elections: who takes one over. Renewals are no news. */
function leaseSentence({ who, before, after }: Write): string {
  const [holder, was] = [after, before].map((lease) => (lease as Lease | undefined)?.spec?.holderIdentity ?? '');
  const name = after?.metadata.name ?? '';
  if (after?.metadata.namespace !== 'kube-system' || holder === was) return '';
  const election = `Lease ${name}`;
  if (!holder) return `${who} gives ${election} back: whoever stands by may lead at once.`;
  const free = was ? `, which ${hostOfHolder(was)} has not renewed for 15 s` : '';
  return `${who} on ${hostOfHolder(holder)} takes ${election}${free}. From now on it leads, and others stand by.`;
}

/** An identity in an election is the host's name and a uuid. */
const hostOfHolder = (identity: string): string => identity.slice(0, identity.lastIndexOf('_'));

// --- Pod -----------------------------------------------------------------------------------------------------------

function podSentence({ who, before, after }: Write): string | undefined {
  const [old, pod] = [before as Pod | undefined, after as Pod | undefined];
  const name = pod?.metadata.name ?? old?.metadata.name;
  if (pod === undefined) return `Pod ${name} is gone: ${inSentence(who)} confirmed that nothing of it is left.`;
  if (old === undefined) return newPod(who, pod);
  if (!old.spec?.nodeName && pod.spec?.nodeName) {
    return `The scheduler binds ${name} to ${pod.spec.nodeName}. It only writes the name; the kubelet there starts the containers.`;
  }
  if (startsDeletion(old, pod)) {
    const grace = pod.metadata.deletionGracePeriodSeconds ?? 0;
    if (who.startsWith('The node') || who.startsWith('The taint')) {
      return `${who} marks pod ${name} for deletion, because its node does not answer. The record stays until the kubelet on ${pod.spec?.nodeName} confirms, or the node is gone for good.`;
    }
    return `${who} marks pod ${name} for deletion. Its containers get ${grace} s to stop; the kubelet on ${pod.spec?.nodeName} sees to it.`;
  }
  return podStatus(who, old, pod);
}

function newPod(who: string, pod: Pod): string {
  const { name, annotations } = pod.metadata;
  if (annotations?.['kubernetes.io/config.mirror']) {
    return `${who} shows its static pod ${name} in the API. It runs from a file on the node, not from here.`;
  }
  const unbound = pod.spec?.nodeName ? '' : ' It has no node yet: it exists only as a record.';
  return `${who} creates pod ${name}.${unbound}`;
}

function podStatus(who: string, old: Pod, pod: Pod): string | undefined {
  const { name } = pod.metadata;
  const unschedulable = condition(pod, 'PodScheduled');
  if (unschedulable?.status === 'False' && condition(old, 'PodScheduled')?.message !== unschedulable.message) {
    return `The scheduler finds no node for ${name}: ${unschedulable.message?.replace(/\.?$/, '.')}`;
  }
  const [wasReady, isReady] = [condition(old, 'Ready')?.status, condition(pod, 'Ready')?.status];
  if (wasReady !== 'True' && isReady === 'True') return `${who} reports pod ${name} Ready: it may get traffic now.`;
  if (wasReady === 'True' && isReady === 'False') {
    const why = who.startsWith('The node') ? 'its node does not answer' : notReady(pod);
    return `${who} reports pod ${name} not Ready (${why}): it is to get no new connections.`;
  }
  const news = containerNews(old, pod);
  if (news !== undefined) return news;
  if (old.status?.phase !== pod.status?.phase) return `${who} reports pod ${name} ${pod.status?.phase}.`;
  if (old.status?.podIP === undefined && pod.status?.podIP !== undefined) {
    return `${who} reports the address of pod ${name}: ${pod.status.podIP}.`;
  }
  return '';
}

/** Why a pod is not ready, by its containers. */
function notReady(pod: Pod): string {
  const status = pod.status?.containerStatuses?.find(({ ready }) => !ready);
  if (status === undefined) return condition(pod, 'Ready')?.message ?? 'a container is not ready';
  const ended = status.state?.terminated;
  if (ended !== undefined) return `its container ${status.name} has ended with exit code ${ended.exitCode}`;
  if (status.state?.waiting !== undefined) return `its container ${status.name} does not run`;
  return `its container ${status.name} does not pass its readiness probe`;
}

function containerNews(old: Pod, pod: Pod): string | undefined {
  const before = new Map(containers(old).map((status) => [status.name, status]));
  for (const status of containers(pod)) {
    const was = before.get(status.name);
    const waiting = status.state?.waiting;
    if (waiting?.reason === was?.state?.waiting?.reason && status.restartCount === was?.restartCount) continue;
    const where = `Container ${status.name} of ${pod.metadata.name}`;
    if (waiting?.reason === 'CrashLoopBackOff') {
      return `${where} keeps ending, so the kubelet waits before the next start (${waiting.message?.split(' restarting')[0] ?? 'back-off'}). The pod stays on its node.`;
    }
    if (waiting?.reason === 'ErrImagePull') return `${where} cannot start: its image ${status.image} cannot be pulled.`;
    if (waiting?.reason === 'ImagePullBackOff') {
      return `${where} waits for the next try to pull ${status.image}; the kubelet tries less and less often.`;
    }
    if (waiting?.reason === 'CreateContainerConfigError') return `${where} cannot start: ${waiting.message}.`;
    if (was !== undefined && status.restartCount > was.restartCount) {
      const last = status.lastState?.terminated;
      const how = last ? ` (exit code ${last.exitCode}, ${last.reason})` : '';
      return `${where} ended${how}, and the kubelet started it again in the same pod: restart ${status.restartCount}.`;
    }
  }
  return undefined;
}

const containers = (pod: Pod): readonly ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
];

function condition(object: Pod | Node, type: string) {
  return object.status?.conditions?.find((entry) => entry.type === type);
}

// --- Node ----------------------------------------------------------------------------------------------------------

function nodeSentence({ who, before, after }: Write): string | undefined {
  const [old, node] = [before as Node | undefined, after as Node | undefined];
  if (node === undefined) return undefined;
  const { name } = node.metadata;
  if (old === undefined) return `${who} registers its node with the API server.`;
  const [was, is] = [condition(old, 'Ready'), condition(node, 'Ready')];
  if (was?.status !== is?.status) {
    if (is?.status === 'Unknown') {
      return `${who} has not seen a heartbeat of ${name} for its grace period and marks it NotReady (Unknown). Nothing on the node is touched.`;
    }
    return is?.status === 'True'
      ? `${who} reports ${name} Ready.`
      : `${who} reports ${name} NotReady: ${is?.message ?? is?.reason}.`;
  }
  return taintSentence(who, old, node) ?? cordonSentence(who, old, node);
}

function taintSentence(who: string, old: Node, node: Node): string | undefined {
  const text = (taint: { key: string; effect: string }): string => `${taint.key}:${taint.effect}`;
  const before = new Set((old.spec?.taints ?? []).map(text));
  const now = new Set((node.spec?.taints ?? []).map(text));
  const added = [...now].find((taint) => !before.has(taint));
  if (added !== undefined) {
    const effect = added.endsWith('NoExecute')
      ? 'Pods leave when their toleration for it runs out, after 300 s by default.'
      : 'No new pods are placed there.';
    return `${who} taints ${node.metadata.name} with ${added}. ${effect}`;
  }
  const removed = [...before].find((taint) => !now.has(taint));
  return removed && `${who} removes the taint ${removed} from ${node.metadata.name}.`;
}

function cordonSentence(who: string, old: Node, node: Node): string {
  if (!old.spec?.unschedulable && node.spec?.unschedulable) {
    return `${who} cordons ${node.metadata.name}: what runs there stays, nothing new comes.`;
  }
  if (old.spec?.unschedulable && !node.spec?.unschedulable) return `${who} uncordons ${node.metadata.name}.`;
  return '';
}

// --- workloads -----------------------------------------------------------------------------------------------------

function deploymentSentence({ who, before, after }: Write): string | undefined {
  const [old, deployment] = [before as Deployment | undefined, after as Deployment | undefined];
  if (deployment === undefined) return undefined;
  const { name } = deployment.metadata;
  const wanted = deployment.spec?.replicas ?? 1;
  if (old === undefined) {
    return `${who} creates Deployment ${name}: ${count(wanted, 'pod')} wanted. It is a wish in the store; nothing runs yet.`;
  }
  if (startsDeletion(old, deployment)) return undefined;
  if (old.spec !== deployment.spec && old.metadata.generation !== deployment.metadata.generation) {
    const had = old.spec?.replicas ?? 1;
    if (had !== wanted) return `${who} wants ${count(wanted, 'pod')} of Deployment ${name} instead of ${had}.`;
    const [was, is] = [imagesOf(old), imagesOf(deployment)];
    if (was !== is)
      return `${who} changes the image of Deployment ${name} from ${was} to ${is}: a rolling update begins.`;
    return `${who} changes what Deployment ${name} asks for.`;
  }
  const available = deployment.status?.availableReplicas ?? 0;
  if ((old.status?.availableReplicas ?? 0) === available) return '';
  const done = available === wanted && deployment.status?.updatedReplicas === wanted;
  if (available > wanted) {
    return `${who} counts for ${name}: ${available} pods available, one by one replaced until only the ${wanted} wanted are left.`;
  }
  return `${who} counts for ${name}: ${available} of ${count(wanted, 'pod')} available.${done ? ' Actual state is desired state.' : ''}`;
}

function replicaSetSentence({ who, before, after }: Write): string | undefined {
  const [old, set] = [before as ReplicaSet | undefined, after as ReplicaSet | undefined];
  if (set === undefined) return undefined;
  const { name } = set.metadata;
  const wanted = set.spec?.replicas ?? 1;
  if (old === undefined) {
    return wanted === 0
      ? `${who} creates ReplicaSet ${name} for this version, without pods at first.`
      : `${who} creates ReplicaSet ${name} for ${count(wanted, 'pod')} of this version.`;
  }
  const had = old.spec?.replicas ?? 1;
  if (had !== wanted) return `${who} scales ReplicaSet ${name} from ${had} to ${wanted}.`;
  return startsDeletion(old, set) ? undefined : '';
}

function daemonSetSentence({ who, before, after }: Write): string | undefined {
  const [old, set] = [before as DaemonSet | undefined, after as DaemonSet | undefined];
  if (set === undefined) return undefined;
  if (old === undefined) return `${who} creates DaemonSet ${set.metadata.name}: one pod on every eligible node.`;
  return old.metadata.generation === set.metadata.generation ? '' : undefined;
}

const imagesOf = (deployment: Deployment): string =>
  (deployment.spec?.template?.spec?.containers ?? []).map(({ image }) => image).join(', ');

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

// --- network -------------------------------------------------------------------------------------------------------

function serviceSentence({ who, before, after }: Write): string | undefined {
  const service = after as Service | undefined;
  if (service === undefined || before !== undefined) return undefined;
  const ip = service.spec?.clusterIP;
  const where =
    ip && ip !== 'None'
      ? ` and gets the virtual address ${ip}. No process listens there: it will be rules on every node`
      : '';
  return `${who} creates Service ${service.metadata.name}${where}.`;
}

function endpointSliceSentence({ who, before, after }: Write): string | undefined {
  const [old, slice] = [before as EndpointSlice | undefined, after as EndpointSlice | undefined];
  if (slice === undefined) return undefined;
  const service = slice.metadata.labels?.['kubernetes.io/service-name'] ?? slice.metadata.name;
  const ready = (object: EndpointSlice | undefined): number =>
    (object?.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).length;
  if (old !== undefined && ready(old) === ready(slice)) return '';
  return `${who} writes the EndpointSlice of Service ${service}: ${ready(slice)} ready${old ? `, was ${ready(old)}` : ''}.`;
}

function namespaceSentence({ before, after }: Write): string | undefined {
  const [old, namespace] = [before as Namespace | undefined, after as Namespace | undefined];
  if (old === undefined || namespace === undefined) return undefined;
  if (!startsDeletion(old, namespace)) return '';
  return `Namespace ${namespace.metadata.name} is terminating: nothing new may be created in it, and its content is deleted.`;
}

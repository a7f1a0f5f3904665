import { encodeBase64 } from '../base64.ts';
import type {
  ClusterRoleBinding,
  DaemonSet,
  Deployment,
  EndpointSlice,
  LimitRangeItem,
  ModelledKinds,
  Namespace,
  Node,
  ReplicaSet,
  ResourceQuota,
  RoleBinding,
  Secret,
  Service,
  ServicePort,
  Subject,
} from '../generated/types.ts';
import type { KubernetesObject } from '../object.ts';
import { fill, mapField, mapShared, put } from '../share.ts';
import { defaultPod, defaultPodTemplate, roundedUp } from './pod-spec.ts';

/**
 * The object with what the API server fills in before admission; the same reference if nothing is missing.
 * A Pod that shares its spec with `prior`, the stored object, needs nothing.
 * Source: pkg/apis/<group>/v1/defaults.go
 */
export function applyDefaults<Any extends KubernetesObject>(object: Any, prior?: Any): Any {
  if (prior !== undefined && object.kind === 'Pod' && specOf(object) === specOf(prior)) return object;
  const apply = DEFAULTS[object.kind as keyof ModelledKinds] as ((object: never) => unknown) | undefined;
  return apply === undefined ? object : (apply(object as never) as Any);
}

function specOf(object: KubernetesObject): unknown {
  return (object as { spec?: unknown }).spec;
}

const DEFAULTS: { readonly [Kind in keyof ModelledKinds]?: (object: ModelledKinds[Kind]) => ModelledKinds[Kind] } = {
  Pod: defaultPod,
  Deployment: defaultDeployment,
  ReplicaSet: defaultReplicaSet,
  DaemonSet: defaultDaemonSet,
  Service: defaultService,
  EndpointSlice: defaultEndpointSlice,
  Namespace: defaultNamespace,
  Node: defaultNode,
  Secret: defaultSecret,
  LimitRange: (range) =>
    put(
      range,
      'spec',
      mapField(range.spec, 'limits', (list) => mapShared(list, defaultLimit)),
    ),
  ResourceQuota: defaultResourceQuota,
  PriorityClass: (priority) => fill(priority, { preemptionPolicy: 'PreemptLowerPriority' }),
  RoleBinding: defaultBinding,
  ClusterRoleBinding: defaultBinding,
};

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const SESSION_SECONDS = 10_800;

/** Source: pkg/apis/apps/v1/defaults.go (SetDefaults_Deployment) */
function defaultDeployment(deployment: Deployment): Deployment {
  let spec = fill(deployment.spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  let strategy = fill(spec.strategy ?? {}, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate')
    strategy = put(
      strategy,
      'rollingUpdate',
      fill(strategy.rollingUpdate ?? {}, { maxUnavailable: '25%', maxSurge: '25%' }),
    );
  spec = put(spec, 'strategy', strategy);
  return put(deployment, 'spec', mapField(spec, 'template', defaultPodTemplate));
}

function defaultReplicaSet(set: ReplicaSet): ReplicaSet {
  return put(set, 'spec', mapField(fill(set.spec, { replicas: 1 }), 'template', defaultPodTemplate));
}

/** Source: pkg/apis/apps/v1/defaults.go (SetDefaults_DaemonSet) */
function defaultDaemonSet(set: DaemonSet): DaemonSet {
  let spec = fill(set.spec, { revisionHistoryLimit: 10 });
  let strategy = fill(spec.updateStrategy ?? {}, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate')
    strategy = put(strategy, 'rollingUpdate', fill(strategy.rollingUpdate ?? {}, { maxUnavailable: 1, maxSurge: 0 }));
  spec = put(spec, 'updateStrategy', strategy);
  return put(set, 'spec', mapField(spec, 'template', defaultPodTemplate));
}

/** Source: pkg/apis/core/v1/defaults.go (SetDefaults_Service) */
function defaultService(service: Service): Service {
  let spec = fill(service.spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec.sessionAffinity === 'None') spec = put(spec, 'sessionAffinityConfig', undefined);
  else if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec = put(spec, 'sessionAffinityConfig', { clientIP: { timeoutSeconds: SESSION_SECONDS } });
  spec = mapField(spec, 'ports', (list) => mapShared(list, defaultServicePort));
  const isExternal =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && spec.externalIPs !== undefined);
  if (isExternal) spec = fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (spec.type !== 'ExternalName') spec = fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (spec.type === 'LoadBalancer') spec = fill(spec, { allocateLoadBalancerNodePorts: true });
  const withSpec = put(service, 'spec', spec);
  if (service.status?.loadBalancer?.ingress === undefined) return withSpec;
  return mapField(withSpec, 'status', (status) =>
    mapField(status, 'loadBalancer', (balancer) =>
      mapField(balancer, 'ingress', (list) =>
        mapShared(list, (entry) => (entry.ip === undefined ? entry : fill(entry, { ipMode: 'VIP' }))),
      ),
    ),
  );
}

function defaultServicePort(port: ServicePort): ServicePort {
  const named = fill(port, { protocol: 'TCP' });
  const isSet = named.targetPort !== undefined && named.targetPort !== 0 && named.targetPort !== '';
  return isSet ? named : put(named, 'targetPort', named.port);
}

function defaultEndpointSlice(slice: EndpointSlice): EndpointSlice {
  return mapField(slice, 'ports', (list) => mapShared(list, (port) => fill(port, { name: '', protocol: 'TCP' })));
}

const NAME_LABEL = 'kubernetes.io/metadata.name';

function defaultNamespace(namespace: Namespace): Namespace {
  const { name, labels } = namespace.metadata;
  const withPhase = put(namespace, 'status', fill(namespace.status ?? {}, { phase: 'Active' }));
  // A generated name is not known yet: the label is set again when it is.
  if (name === undefined || labels?.[NAME_LABEL] === name) return withPhase;
  return put(withPhase, 'metadata', { ...namespace.metadata, labels: { ...labels, [NAME_LABEL]: name } });
}

function defaultNode(given: Node): Node {
  const node = put(given, 'spec', withBothRanges(given.spec));
  const capacity = node.status?.capacity;
  if (capacity === undefined) return node;
  const status = fill(put(node.status ?? {}, 'capacity', roundedUp(capacity)), { allocatable: capacity });
  return put(node, 'status', mapField(status, 'allocatable', roundedUp));
}

/** `podCIDR` is the first of `podCIDRs`, kept twice for old readers. */
function withBothRanges(spec: Node['spec']): Node['spec'] {
  const { podCIDR, podCIDRs } = spec;
  if (podCIDR !== undefined && podCIDRs === undefined) return { ...spec, podCIDRs: [podCIDR] };
  return podCIDR === undefined && podCIDRs?.[0] !== undefined ? { ...spec, podCIDR: podCIDRs[0] } : spec;
}

/** `stringData` is only for writing: it becomes `data`, and wins over it. */
function defaultSecret(given: Secret): Secret {
  const secret = fill(given, { type: 'Opaque' });
  if (secret.stringData === undefined) return secret;
  const { stringData, ...rest } = secret;
  const data = { ...secret.data };
  for (const key in stringData) data[key] = encodeBase64(stringData[key] as string);
  return { ...rest, data };
}

/** Source: pkg/apis/core/v1/defaults.go (SetDefaults_LimitRangeItem) */
function defaultLimit(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== 'Container') return item;
  const limit = fill(item.default ?? {}, item.max ?? {});
  const request = fill(fill(item.defaultRequest ?? {}, limit), item.min ?? {});
  const hasAny = (list: Record<string, string>) => Object.keys(list).length > 0;
  const withLimit = hasAny(limit) ? put(item, 'default', limit) : item;
  return hasAny(request) ? put(withLimit, 'defaultRequest', request) : withLimit;
}

function defaultResourceQuota(quota: ResourceQuota): ResourceQuota {
  return put(quota, 'spec', mapField(quota.spec, 'hard', roundedUp));
}

/** Source: pkg/apis/rbac/v1/defaults.go */
function defaultBinding<Any extends RoleBinding | ClusterRoleBinding>(binding: Any): Any {
  const roleRef = binding.roleRef.apiGroup ? binding.roleRef : { ...binding.roleRef, apiGroup: RBAC_GROUP };
  const withRole = put(binding, 'roleRef', roleRef as Any['roleRef']);
  if (withRole.subjects === undefined) return withRole;
  return put(withRole, 'subjects', mapShared(withRole.subjects, defaultSubject) as Any['subjects']);
}

function defaultSubject(subject: Subject): Subject {
  return subject.kind === 'User' || subject.kind === 'Group' ? fill(subject, { apiGroup: RBAC_GROUP }) : subject;
}

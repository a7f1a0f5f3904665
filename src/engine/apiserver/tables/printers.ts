import type {
  ClusterRoleBinding,
  ConfigMap,
  ControllerRevision,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Event,
  LabelSelector,
  Lease,
  Namespace,
  Node,
  Pod,
  PodDisruptionBudget,
  PodTemplateSpec,
  PriorityClass,
  ReplicaSet,
  ResourceQuota,
  Secret,
  Service,
} from '../../api/generated/types.ts';
import { controllerOf, groupOf, type KubernetesObject } from '../../api/object.ts';
import { qualifiedKind } from '../../api/resources.ts';
import { selectorOf, selectorText } from '../../api/selectors.ts';
import { age } from './age.ts';
import type { Cell } from './cell.ts';
import { podCells } from './pod.ts';

/** Columns in short: `*` marks those that only `-o wide` shows, `:i`, `:b` and `:d` integers, booleans and dates. */
export interface Printer {
  readonly columns: string;
  cells(object: KubernetesObject, now: number): Cell[];
}

const NONE = '<none>';
/** A list of more than this many addresses or ports ends in `+ N more...`. */
const MAX_LISTED = 3;
const WORKLOAD = 'Containers*,Images*,Selector*';

/** How each kind is shown. Source: pkg/printers/internalversion/printers.go; a test compares the columns. */
export const PRINTERS: Readonly<Record<string, Printer>> = {
  ClusterRole: createdAt(),
  ClusterRoleBinding: printer('Name,Role,Age,Users*,Groups*,ServiceAccounts*', bindingCells),
  ConfigMap: printer('Name,Data,Age', (object: ConfigMap, now) => [
    object.metadata.name,
    countOf(object.data) + countOf(object.binaryData),
    created(object, now),
  ]),
  ControllerRevision: printer('Name,Controller,Revision,Age', (object: ControllerRevision, now) => {
    const owner = controllerOf(object);
    const kind = owner && qualifiedKind(groupOf(owner.apiVersion), owner.kind).toLowerCase();
    return [object.metadata.name, owner ? `${kind}/${owner.name}` : NONE, object.revision, created(object, now)];
  }),
  DaemonSet: printer(
    `Name,Desired:i,Current:i,Ready:i,Up-to-date:i,Available:i,Node Selector,Age,${WORKLOAD}`,
    ({ metadata, spec, status }: DaemonSet, now) => [
      metadata.name,
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      labelsText(spec.template.spec?.nodeSelector),
      age(metadata.creationTimestamp, now),
      ...workloadCells(spec.template, spec.selector),
    ],
  ),
  Deployment: printer(
    `Name,Ready,Up-to-date,Available,Age,${WORKLOAD}`,
    ({ metadata, spec, status }: Deployment, now) => [
      metadata.name,
      `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age(metadata.creationTimestamp, now),
      ...workloadCells(spec.template, spec.selector),
    ],
  ),
  EndpointSlice: printer('Name,AddressType,Ports,Endpoints,Age', (object: EndpointSlice, now) => [
    object.metadata.name,
    object.addressType,
    listed((object.ports ?? []).map((port) => (port.port === undefined ? port.name || '*' : `${port.port}`))),
    listed(object.endpoints.flatMap((endpoint) => endpoint.addresses)),
    created(object, now),
  ]),
  Event: printer(
    'Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name*',
    (event: Event, now) => {
      const first = age(event.firstTimestamp ?? event.eventTime, now);
      const last = event.series?.lastObservedTime ?? event.lastTimestamp;
      const { kind = '', name, fieldPath = '' } = event.involvedObject;
      return [
        last === undefined || last === null ? first : age(last, now),
        event.type ?? '',
        event.reason ?? '',
        name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
        fieldPath,
        [event.source?.component || event.reportingComponent, event.source?.host || event.reportingInstance]
          .filter(Boolean)
          .join(', '),
        (event.message ?? '').trim(),
        first,
        event.series?.count ?? (event.count || 1),
        event.metadata.name,
      ];
    },
  ),
  Lease: printer('Name,Holder,Age', (object: Lease, now) => [
    object.metadata.name,
    object.spec?.holderIdentity ?? '',
    created(object, now),
  ]),
  LimitRange: createdAt(),
  Namespace: printer('Name,Status,Age', (object: Namespace, now) => [
    object.metadata.name,
    object.status?.phase ?? '',
    created(object, now),
  ]),
  Node: printer(
    'Name,Status,Roles,Age,Version,Internal-IP*,External-IP*,OS-Image*,Kernel-Version*,Container-Runtime*',
    (node: Node, now) => {
      const info = node.status?.nodeInfo;
      const address = (type: string): string =>
        node.status?.addresses?.find((entry) => entry.type === type)?.address ?? NONE;
      return [
        node.metadata.name,
        nodeStatus(node),
        nodeRoles(node),
        created(node, now),
        info?.kubeletVersion ?? '',
        address('InternalIP'),
        address('ExternalIP'),
        info?.osImage || '<unknown>',
        info?.kernelVersion || '<unknown>',
        info?.containerRuntimeVersion || '<unknown>',
      ];
    },
  ),
  Pod: printer('Name,Ready,Status,Restarts,Age,IP*,Node*,Nominated Node*,Readiness Gates*', (pod: Pod, now) =>
    podCells(pod, now),
  ),
  PodDisruptionBudget: printer(
    'Name,Min Available,Max Unavailable,Allowed Disruptions:i,Age',
    (object: PodDisruptionBudget, now) => [
      object.metadata.name,
      `${object.spec.minAvailable ?? 'N/A'}`,
      `${object.spec.maxUnavailable ?? 'N/A'}`,
      object.status?.disruptionsAllowed ?? 0,
      created(object, now),
    ],
  ),
  PriorityClass: printer('Name,Value:i,Global-Default:b,Age,PreemptionPolicy', (object: PriorityClass, now) => [
    object.metadata.name,
    object.value,
    object.globalDefault ?? false,
    created(object, now),
    object.preemptionPolicy ?? 'PreemptLowerPriority',
  ]),
  ReplicaSet: printer(
    `Name,Desired:i,Current:i,Ready:i,Age,${WORKLOAD}`,
    ({ metadata, spec, status }: ReplicaSet, now) => [
      metadata.name,
      spec.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      age(metadata.creationTimestamp, now),
      ...workloadCells(spec.template, spec.selector),
    ],
  ),
  ResourceQuota: printer('Name,Request,Limit,Age', (object: ResourceQuota, now) => {
    const uses = Object.keys(object.spec?.hard ?? {}).sort();
    const show = (names: string[]): string =>
      names
        .map((name) => `${name}: ${object.status?.used?.[name] ?? '0'}/${object.status?.hard?.[name] ?? '0'}`)
        .join(', ');
    return [
      object.metadata.name,
      show(uses.filter((name) => !name.startsWith('limits.'))),
      show(uses.filter((name) => name.startsWith('limits.'))),
      created(object, now),
    ];
  }),
  Role: createdAt(),
  RoleBinding: printer('Name,Role,Age,Users*,Groups*,ServiceAccounts*', bindingCells),
  Secret: printer('Name,Type,Data,Age', (object: Secret, now) => [
    object.metadata.name,
    object.type ?? '',
    countOf(object.data),
    created(object, now),
  ]),
  Service: printer('Name,Type,Cluster-IP,External-IP,Port(s),Age,Selector*', (service: Service, now) => [
    service.metadata.name,
    service.spec.type ?? '',
    service.spec.clusterIPs?.[0] ?? NONE,
    externalAddress(service),
    (service.spec.ports ?? [])
      .map((port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol}`)
      .join(',') || NONE,
    created(service, now),
    labelsText(service.spec.selector),
  ]),
  ServiceAccount: printer('Name,Age', (object: KubernetesObject, now) => [object.metadata.name, created(object, now)]),
};

/** `k=v,k2=v2` by key, or `<none>`. */
function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels?.[key]}`);
  return pairs.join(',') || NONE;
}

function printer<T extends KubernetesObject>(columns: string, cells: (object: T, now: number) => Cell[]): Printer {
  return { columns, cells: cells as unknown as Printer['cells'] };
}

function createdAt(): Printer {
  return printer('Name,Created At:d', ({ metadata }) => [metadata.name, metadata.creationTimestamp ?? '']);
}

function created(object: KubernetesObject, now: number): string {
  return age(object.metadata.creationTimestamp, now);
}

function countOf(values: object | undefined): number {
  return values === undefined ? 0 : Object.keys(values).length;
}

function workloadCells(template: PodTemplateSpec | undefined, selector: LabelSelector | undefined): Cell[] {
  const containers = template?.spec?.containers ?? [];
  return [
    containers.map((container) => container.name).join(','),
    containers.map((container) => container.image ?? '').join(','),
    selectorText(selectorOf(selector)) || NONE,
  ];
}

function bindingCells({ metadata, roleRef, subjects = [] }: ClusterRoleBinding, now: number): Cell[] {
  const named = (kind: string): string =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
      .join(', ');
  const since = age(metadata.creationTimestamp, now);
  const who = [named('User'), named('Group'), named('ServiceAccount')];
  return [metadata.name, `${roleRef.kind}/${roleRef.name}`, since, ...who];
}

function listed(items: readonly string[]): string {
  if (items.length === 0) return '<unset>';
  const shown = items.slice(0, MAX_LISTED).join(',');
  return items.length > MAX_LISTED ? `${shown} + ${items.length - MAX_LISTED} more...` : shown;
}

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

function nodeRoles(node: Node): string {
  const roles = new Set<string>();
  const labels = node.metadata.labels ?? {};
  for (const label in labels) {
    const role = label.startsWith('node-role.kubernetes.io/')
      ? label.slice('node-role.kubernetes.io/'.length)
      : label === 'kubernetes.io/role'
        ? (labels[label] ?? '')
        : '';
    if (role !== '') roles.add(role);
  }
  return [...roles].sort().join(',') || NONE;
}

function externalAddress({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return external.join(',') || NONE;
  const ingress = (status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip || entry.hostname || '');
  return [...new Set(ingress.filter(Boolean))].sort().concat(external).join(',') || '<pending>';
}

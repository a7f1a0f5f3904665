// Writes src/engine/api/generated/{types,schemas}.ts from the recorded OpenAPI document.
// Run it with `node scripts/generate-api.mjs` after the record or the tables below change.
import { readFileSync, writeFileSync } from 'node:fs';

const RECORD = new URL('../src/engine/testdata/golden/openapi-schemas-v1.35.json', import.meta.url);
const OUT = new URL('../src/engine/api/generated/', import.meta.url);

const schemas = JSON.parse(readFileSync(RECORD, 'utf8'));

/** Kinds the API server serves now: they get an interface and a schema. */
const MODELLED = [
  'core.v1.ConfigMap',
  'core.v1.Event',
  'core.v1.LimitRange',
  'core.v1.Namespace',
  'core.v1.Node',
  'core.v1.Pod',
  'core.v1.ResourceQuota',
  'core.v1.Secret',
  'core.v1.Service',
  'core.v1.ServiceAccount',
  'apps.v1.ControllerRevision',
  'apps.v1.DaemonSet',
  'apps.v1.Deployment',
  'apps.v1.ReplicaSet',
  'coordination.v1.Lease',
  'discovery.v1.EndpointSlice',
  'policy.v1.PodDisruptionBudget',
  'rbac.v1.ClusterRole',
  'rbac.v1.ClusterRoleBinding',
  'rbac.v1.Role',
  'rbac.v1.RoleBinding',
  'scheduling.v1.PriorityClass',
];

/** Bodies that are sent to a modelled resource without being stored. */
const REQUEST_BODIES = ['core.v1.Binding', 'policy.v1.Eviction', 'autoscaling.v1.Scale', 'meta.v1.DeleteOptions'];

/** Kinds that only get an interface. */
const TYPED_ONLY = [
  'meta.v1.Status',
  'apps.v1.StatefulSet',
  'autoscaling.v2.HorizontalPodAutoscaler',
  'batch.v1.CronJob',
  'batch.v1.Job',
  'core.v1.PersistentVolume',
  'core.v1.PersistentVolumeClaim',
  'networking.v1.Ingress',
  'networking.v1.NetworkPolicy',
  'storage.v1.StorageClass',
];

/** Served groups whose name is not the last part of the schema's name. */
const GROUPS = {
  core: '',
  meta: '',
  coordination: 'coordination.k8s.io',
  discovery: 'discovery.k8s.io',
  networking: 'networking.k8s.io',
  rbac: 'rbac.authorization.k8s.io',
  scheduling: 'scheduling.k8s.io',
  storage: 'storage.k8s.io',
};

/** Schemas that TypeScript writes as a plain type. */
const SCALARS = {
  'apimachinery.pkg.api.resource.Quantity': 'Quantity',
  'apimachinery.pkg.apis.meta.v1.Time': 'Time',
  'apimachinery.pkg.apis.meta.v1.MicroTime': 'MicroTime',
  'apimachinery.pkg.util.intstr.IntOrString': 'IntOrString',
  'apimachinery.pkg.apis.meta.v1.FieldsV1': 'Json',
  'apimachinery.pkg.runtime.RawExtension': 'Json',
  'apimachinery.pkg.apis.meta.v1.Patch': 'Json',
};

// What the document does not say about the Go types behind it. A pointer keeps its zero value in the stored object,
// a plain `omitempty` field loses it.

/** Strings that are pointers; those of a whole struct as `Struct.*`. */
const POINTER_STRINGS = new Set(
  `Container.restartPolicy EphemeralContainer.restartPolicy LeaseSpec.* AppArmorProfile.* CSIVolumeSource.fsType
  ClusterTrustBundleProjection.name ClusterTrustBundleProjection.signerName ContainerStatus.stopSignal
  HostPathVolumeSource.type Lifecycle.stopSignal LoadBalancerIngress.ipMode PersistentVolumeClaimSpec.storageClassName
  PersistentVolumeClaimSpec.volumeAttributesClassName PersistentVolumeClaimSpec.volumeMode PodDNSConfigOption.value
  PodResourceClaim.resourceClaimName PodResourceClaim.resourceClaimTemplateName PodResourceClaimStatus.resourceClaimName
  PodSecurityContext.* PodSpec.hostnameOverride PodSpec.preemptionPolicy PodSpec.runtimeClassName PortStatus.error
  SeccompProfile.localhostProfile SecurityContext.* ServicePort.appProtocol ServiceSpec.internalTrafficPolicy
  ServiceSpec.ipFamilyPolicy ServiceSpec.loadBalancerClass ServiceSpec.trafficDistribution
  TopologySpreadConstraint.nodeAffinityPolicy TopologySpreadConstraint.nodeTaintsPolicy
  TypedLocalObjectReference.apiGroup TypedObjectReference.apiGroup TypedObjectReference.namespace
  VolumeMount.mountPropagation VolumeMount.recursiveReadOnly VolumeMountStatus.recursiveReadOnly
  WindowsSecurityContextOptions.* Endpoint.* EndpointPort.* PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy
  PriorityClass.preemptionPolicy DeleteOptions.propagationPolicy Preconditions.*`.split(/\s+/),
);

/** Numbers that are not pointers, by field name; the other optional ones are. */
const PLAIN_NUMBERS = new Set(
  `minReadySeconds numberAvailable numberUnavailable observedGeneration updatedNumberScheduled availableReplicas
  readyReplicas replicas unavailableReplicas updatedReplicas fullyLabeledReplicas partition sizeBytes hostPort signal
  count failureThreshold initialDelaySeconds periodSeconds successThreshold timeoutSeconds nodePort
  healthCheckNodePort generation`.split(/\s+/),
);
const POINTER_NUMBERS = new Set([
  'DeploymentSpec.replicas',
  'ReplicaSetSpec.replicas',
  'ClientIPConfig.timeoutSeconds',
]);

/** Booleans that are not pointers, by field name. */
const PLAIN_BOOLEANS = new Set(
  `paused readOnly stdin stdinOnce tty chapAuthDiscovery chapAuthSession unschedulable hostIPC hostNetwork hostPID
  sslEnabled publishNotReadyAddresses globalDefault`.split(/\s+/),
);

/** Times that are stored as null while they are not set. */
const NULL_TIMES = new Set(
  `ContainerStateRunning.startedAt ContainerStateTerminated.startedAt ContainerStateTerminated.finishedAt
  Event.firstTimestamp Event.lastTimestamp Event.eventTime EventSeries.lastObservedTime
  NamespaceCondition.lastTransitionTime NodeCondition.lastHeartbeatTime NodeCondition.lastTransitionTime
  PodCondition.lastProbeTime PodCondition.lastTransitionTime Condition.lastTransitionTime
  DaemonSetCondition.lastTransitionTime DeploymentCondition.lastUpdateTime DeploymentCondition.lastTransitionTime
  ReplicaSetCondition.lastTransitionTime`.split(/\s+/),
);

/** Optional lists that are stored as null while they are empty. */
const NULL_LISTS = new Set(['Role.rules', 'ClusterRole.rules', 'EndpointSlice.ports']);

const longName = (short) => {
  const [group] = short.split('.');
  return group === 'meta' ? `io.k8s.apimachinery.pkg.apis.${short}` : `io.k8s.api.${short}`;
};
const refName = (ref) => ref.slice('#/components/schemas/'.length);
const quoted = (text) => `'${text}'`;
const lastPart = (name) => name.slice(name.lastIndexOf('.') + 1);
const scalarOf = (name) => SCALARS[name.replace(/^io\.k8s\./, '')];
const isInterface = (name) => schemas[name]?.type === 'object' && !scalarOf(name);

/** All object schemas that can be reached from the given roots, roots first. */
function reachable(roots) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || !isInterface(name)) return;
    found.add(name);
    for (const property of Object.values(schemas[name].properties ?? {})) visitNode(property);
  };
  const visitNode = (node) => {
    if (node.$ref) visit(refName(node.$ref));
    if (node.items) visitNode(node.items);
    if (node.additionalProperties) visitNode(node.additionalProperties);
  };
  for (const root of roots) {
    if (!schemas[root]) throw new Error(`the record has no schema ${root}`);
    visit(root);
  }
  return found;
}

/** Short names, made longer only where two schemas would share one. */
function uniqueNames(names) {
  const taken = new Map();
  for (const name of [...names].sort()) {
    const short = lastPart(name);
    if (taken.has(short)) throw new Error(`${name} and ${taken.get(short)} share a name`);
    taken.set(short, name);
  }
  return taken;
}

function tsType(node, field) {
  if (node.$ref) {
    const name = refName(node.$ref);
    return scalarOf(name) ?? (isInterface(name) ? lastPart(name) : 'Json');
  }
  if (node.type === 'array') {
    const item = tsType(node.items, field);
    return item.includes(' ') ? `(${item})[]` : `${item}[]`;
  }
  if (node.type === 'object') {
    return node.additionalProperties ? `Record<string, ${tsType(node.additionalProperties, field)}>` : 'Json';
  }
  if (node.enum && node.enum.length > 0) return node.enum.map((value) => quoted(value)).join(' | ');
  return { string: 'string', integer: 'number', number: 'number', boolean: 'boolean' }[node.type] ?? 'Json';
}

function interfaceOf(name, isRoot) {
  const schema = schemas[name];
  const required = new Set(schema.required ?? []);
  const [kind] = (schema['x-kubernetes-group-version-kind'] ?? []).filter((gvk) => gvk.kind === lastPart(name));
  const groupKey = name.startsWith('io.k8s.api.') ? (name.split('.')[3] === 'api' ? '' : name.split('.')[3]) : 'meta';
  const lines = Object.entries(schema.properties ?? {}).map(([field, node]) => {
    let type = tsType(node, field);
    let optional = !required.has(field);
    if (isRoot && kind && lastPart(name) !== 'DeleteOptions') {
      if (field === 'kind') type = quoted(lastPart(name));
      if (field === 'apiVersion') type = quoted(apiVersionOf(groupKey, name));
      // A stored object always has these: the server writes them even when they are empty.
      if (field === 'apiVersion' || field === 'kind' || field === 'metadata' || field === 'spec') optional = false;
    } else if (type === 'ObjectMeta') {
      type = 'TemplateMeta';
    }
    if (lastPart(name) === 'ObjectMeta' && field === 'name') optional = false;
    if (lastPart(name) === 'PodCondition' && field === 'lastProbeTime') type = 'Time | null';
    const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : quoted(field);
    return `  ${key}${optional ? '?' : ''}: ${type};`;
  });
  return `export interface ${lastPart(name)} {\n${lines.join('\n')}\n}\n`;
}

function apiVersionOf(groupKey, name) {
  const parts = name.split('.');
  const version = parts[parts.length - 2];
  const group = GROUPS[groupKey] ?? groupKey;
  return group === '' ? version : `${group}/${version}`;
}

const HEADER = `// Generated by scripts/generate-api.mjs from the recorded OpenAPI document of Kubernetes v1.35.6. Do not edit.
`;

function writeTypes() {
  const roots = [...MODELLED, ...REQUEST_BODIES, ...TYPED_ONLY].map(longName);
  const names = reachable(roots);
  uniqueNames(names);
  const rootSet = new Set(roots);
  const body = [...names]
    .sort((a, b) => (lastPart(a) < lastPart(b) ? -1 : 1))
    .map((name) => interfaceOf(name, rootSet.has(name)));
  const kinds = (shorts) => shorts.map((short) => `  ${lastPart(short)}: ${lastPart(short)};`).join('\n');
  const text = `${HEADER}
/** Any JSON value. */
export type Json = unknown;
/** Text such as \`100m\` or \`1.5Gi\`; a stored object holds the canonical form. */
export type Quantity = string;
/** RFC 3339, whole seconds, UTC. */
export type Time = string;
/** RFC 3339, six decimals, UTC. */
export type MicroTime = string;
export type IntOrString = number | string;
/** Metadata of a template: as ObjectMeta, but nothing is always there. */
export type TemplateMeta = Partial<ObjectMeta>;

/** Kinds that the API server serves. */
export interface ModelledKinds {
${kinds(MODELLED)}
}

/** Kinds that have a type but are not served. */
export interface TypedKinds {
${kinds(TYPED_ONLY)}
}

${body.join('\n')}`;
  writeFileSync(new URL('types.ts', OUT), text);
  return names.size;
}

/** The short code of a schema's type; `schema.ts` reads it back. */
function typeCode(node) {
  if (node.$ref) {
    const name = refName(node.$ref);
    const scalar = scalarOf(name);
    return scalar ? { Quantity: 'q', Time: 't', MicroTime: 'u', IntOrString: 'x', Json: 'j' }[scalar] : lastPart(name);
  }
  if (node.type === 'array') return `[${typeCode(node.items)}]`;
  if (node.type === 'object') return `{${typeCode(node.additionalProperties)}}`;
  if (node.type === 'string') return node.format === 'byte' ? 'y' : 's';
  if (node.type === 'integer') return node.format === 'int64' ? 'l' : 'i';
  return { boolean: 'b', number: 'd' }[node.type];
}

/** `!`: always stored, `*`: a pointer, `0`: stored as null when empty, '': left out when empty. */
function presence(struct, field, node, required) {
  const path = `${struct}.${field}`;
  const code = typeCode(node);
  if (NULL_TIMES.has(path) || NULL_LISTS.has(path)) return '0';
  if (code === 's') {
    if (node.default === '') return '!';
    return POINTER_STRINGS.has(path) || POINTER_STRINGS.has(`${struct}.*`) ? '*' : '';
  }
  if (code === 'i' || code === 'l') {
    if (node.default === 0 && !path.startsWith('Scale')) return '!';
    return PLAIN_NUMBERS.has(field) && !POINTER_NUMBERS.has(path) ? '' : '*';
  }
  if (code === 'b') return node.default === false ? '!' : PLAIN_BOOLEANS.has(field) ? '' : '*';
  if (code === 'x') return '*';
  if (path === 'ResourceFieldSelector.divisor') return '!';
  if (code.startsWith('[') || code.startsWith('{')) return required ? '!' : '';
  return node.$ref && node.default !== undefined ? '!' : '*';
}

function fieldLine(struct, field, node, required) {
  const parts = [field, presence(struct, field, node, required) + typeCode(node)];
  const strategy = (node['x-kubernetes-patch-strategy'] ?? '').split(',');
  const mergeKey = node['x-kubernetes-patch-merge-key'] ?? '';
  if (required) parts.push('r');
  if (node['x-kubernetes-list-type'] === 'map') parts.push(`k${node['x-kubernetes-list-map-keys'].join(',')}`);
  if (node['x-kubernetes-list-type'] === 'set') parts.push('t');
  if (strategy.includes('merge')) parts.push(`m${mergeKey}`);
  if (strategy.includes('retainKeys')) parts.push('R');
  if (strategy.includes('replace')) parts.push('P');
  if (node['x-kubernetes-map-type'] === 'atomic') parts.push('A');
  if (node.enum?.length > 0) parts.push(`e${node.enum.join('|')}`);
  if (node.default !== undefined && !['{}', '""', '0', 'false'].includes(JSON.stringify(node.default)))
    parts.push(`d${node.default}`);
  return parts.join(' ');
}

function writeSchemas() {
  const names = reachable([...MODELLED, ...REQUEST_BODIES].map(longName));
  const lines = [...names]
    .sort((a, b) => (lastPart(a) < lastPart(b) ? -1 : 1))
    .map((name) => {
      const schema = schemas[name];
      const struct = lastPart(name);
      const required = new Set(schema.required ?? []);
      const fields = Object.entries(schema.properties ?? {}).map(([field, node]) =>
        fieldLine(struct, field, node, required.has(field)),
      );
      if (schema['x-kubernetes-map-type'] === 'atomic') fields.unshift('A');
      return `  ${struct}: () => ${quoted(fields.join(';'))},`;
    });
  const text = `${HEADER}
/**
 * One line per struct, fields separated by semicolons; \`schema.ts\` says how to read it. Behind functions, so that the
 * lines which nobody reads at first can be loaded later.
 */
export const SCHEMAS: Readonly<Record<string, () => string>> = {
${lines.join('\n')}
};
`;
  writeFileSync(new URL('schemas.ts', OUT), text);
  return names.size;
}

console.log(`schemas.ts: ${writeSchemas()} structs`);
console.log(`types.ts: ${writeTypes()} interfaces`);

import type {
  Container,
  ContainerPort,
  EnvVar,
  EnvVarSource,
  EphemeralContainer,
  LifecycleHandler,
  Probe,
  ResourceRequirements,
  SecurityContext,
  VolumeMount,
} from '../generated/types.ts';
import {
  checkEnvVarName,
  checkLabel,
  checkPortName,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
} from '../names.ts';
import { compareQuantities, quantityNanos } from '../quantity.ts';
import {
  atLeastZero,
  complain,
  duplicate,
  type Errors,
  forbidden,
  invalid,
  missing,
  NEGATIVE,
  oneOf,
  portNumberOrName,
  required,
  unsupported,
} from './field.ts';

/** What a container is checked against: the Pod around it. */
export interface PodContext {
  readonly volumes: ReadonlySet<string>;
  readonly hostNetwork: boolean;
  /** Names of all containers seen so far, of every list. */
  readonly names: Set<string>;
  /** `TCP/0.0.0.0/80` of all host ports seen so far in this list. */
  hostPorts: Set<string>;
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MAX_ID = 2_147_483_647;

/**
 * One list of containers of a Pod.
 * Source: pkg/apis/core/validation/validation.go (validateContainers, validateInitContainers)
 */
export function validateContainers(
  errors: Errors,
  field: string,
  containers: readonly (Container | EphemeralContainer)[],
  context: PodContext,
  role: 'app' | 'init' | 'ephemeral',
): void {
  context.hostPorts = new Set();
  for (let index = 0; index < containers.length; index++) {
    const container = containers[index] as Container;
    const at = `${field}[${index}]`;
    validateContainer(errors, at, container, context);
    if (context.names.has(container.name)) duplicate(errors, `${at}.name`, container.name);
    else if (container.name !== '') context.names.add(container.name);
    const isSidecar = role === 'init' && container.restartPolicy === 'Always';
    if (role === 'app' || isSidecar) validateLifecycleAndProbes(errors, at, container);
    else forbidLifecycleAndProbes(errors, at, container, role);
    if (role === 'init' && container.restartPolicy !== undefined)
      oneOf(errors, `${at}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure']);
  }
}

function validateContainer(errors: Errors, at: string, container: Container, context: PodContext): void {
  if (container.name === '') required(errors, `${at}.name`);
  else complain(errors, `${at}.name`, container.name, checkLabel(container.name));
  const image = container.image ?? '';
  if (image === '') required(errors, `${at}.image`);
  else if (image.trim() !== image)
    invalid(errors, `${at}.image`, image, 'must not have leading or trailing whitespace');
  const policy = container.terminationMessagePolicy;
  if (policy === undefined) required(errors, `${at}.terminationMessagePolicy`);
  else if (policy !== 'File' && policy !== 'FallbackToLogsOnError')
    invalid(errors, `${at}.terminationMessagePolicy`, policy, "must be 'File' or 'FallbackToLogsOnError'");
  if (container.ports !== undefined) validatePorts(errors, `${at}.ports`, container.ports, context);
  if (container.env !== undefined) validateEnv(errors, `${at}.env`, container.env);
  for (const [index, source] of (container.envFrom ?? []).entries()) {
    const path = `${at}.envFrom[${index}]`;
    if (source.configMapRef !== undefined) {
      if (source.configMapRef.name === '') required(errors, `${path}.configMapRef.name`);
    } else if (source.secretRef !== undefined) {
      if (source.secretRef.name === '') required(errors, `${path}.secretRef.name`);
    } else invalid(errors, path, '', 'must specify one of: `configMapRef` or `secretRef`');
  }
  if (container.volumeMounts !== undefined)
    validateMounts(errors, `${at}.volumeMounts`, container.volumeMounts, context);
  oneOf(errors, `${at}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES);
  validateResources(errors, `${at}.resources`, container.resources);
  validateSecurityContext(errors, `${at}.securityContext`, container.securityContext);
}

function validatePorts(errors: Errors, field: string, ports: readonly ContainerPort[], context: PodContext): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${field}[${index}]`;
    if (port.name !== undefined) {
      const complaints = checkPortName(port.name);
      complain(errors, `${at}.name`, port.name, complaints);
      if (complaints.length === 0 && names.has(port.name)) duplicate(errors, `${at}.name`, port.name);
      names.add(port.name);
    }
    if (port.containerPort === 0) required(errors, `${at}.containerPort`);
    else complain(errors, `${at}.containerPort`, port.containerPort, checkPortNumber(port.containerPort));
    if (port.hostPort !== undefined) {
      complain(errors, `${at}.hostPort`, port.hostPort, checkPortNumber(port.hostPort));
      if (context.hostNetwork && port.hostPort !== port.containerPort)
        invalid(errors, `${at}.containerPort`, port.containerPort, 'must match `hostPort` when `hostNetwork` is true');
      const claim = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (context.hostPorts.has(claim)) duplicate(errors, `${at}.hostPort`, claim);
      context.hostPorts.add(claim);
    }
    oneOf(errors, `${at}.protocol`, port.protocol, PROTOCOLS);
  }
}

function validateEnv(errors: Errors, field: string, env: readonly EnvVar[]): void {
  for (let index = 0; index < env.length; index++) {
    const variable = env[index] as EnvVar;
    const at = `${field}[${index}]`;
    if (variable.name === '') required(errors, `${at}.name`);
    else complain(errors, `${at}.name`, variable.name, checkEnvVarName(variable.name));
    if (variable.valueFrom !== undefined)
      validateEnvSource(errors, `${at}.valueFrom`, variable.valueFrom, variable.value);
  }
}

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const ENV_RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

function validateEnvSource(errors: Errors, at: string, source: EnvVarSource, value: string | undefined): void {
  let count = 0;
  if (source.fieldRef !== undefined) {
    count++;
    validateFieldRef(errors, `${at}.fieldRef`, source.fieldRef.fieldPath, ENV_FIELDS);
  }
  if (source.resourceFieldRef !== undefined) {
    count++;
    const { resource } = source.resourceFieldRef;
    if (resource === '') required(errors, `${at}.resourceFieldRef.resource`);
    else if (!ENV_RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
      unsupported(errors, `${at}.resourceFieldRef.resource`, resource, ENV_RESOURCES);
  }
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[kind];
    if (reference === undefined) continue;
    count++;
    if (!reference.name) required(errors, `${at}.${kind}.name`);
    if (reference.key === '') required(errors, `${at}.${kind}.key`);
  }
  if (source.fileKeyRef !== undefined) count++;
  if (count === 0)
    invalid(errors, at, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`');
  else if (value !== undefined) invalid(errors, at, '', 'may not be specified when `value` is not empty');
  else if (count > 1) invalid(errors, at, '', 'may not have more than one field specified at a time');
}

const SUBSCRIPT = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/;

/** `metadata.name`, `metadata.labels['app']`. */
export function validateFieldRef(errors: Errors, at: string, path: string, supported: readonly string[]): void {
  if (path === '') {
    required(errors, `${at}.fieldPath`);
    return;
  }
  const match = SUBSCRIPT.exec(path);
  if (match !== null) complain(errors, at, match[2], checkQualifiedName((match[2] as string).toLowerCase()));
  else if (!supported.includes(path)) unsupported(errors, `${at}.fieldPath`, path, supported);
}

function validateMounts(errors: Errors, field: string, mounts: readonly VolumeMount[], context: PodContext): void {
  const paths = new Set<string>();
  for (let index = 0; index < mounts.length; index++) {
    const mount = mounts[index] as VolumeMount;
    const at = `${field}[${index}]`;
    if (mount.name === '') required(errors, `${at}.name`);
    if (!context.volumes.has(mount.name)) missing(errors, `${at}.name`, mount.name);
    if (mount.mountPath === '') required(errors, `${at}.mountPath`);
    if (paths.has(mount.mountPath)) invalid(errors, `${at}.mountPath`, mount.mountPath, 'must be unique');
    paths.add(mount.mountPath);
    if (mount.subPath !== undefined) {
      if (mount.subPathExpr !== undefined)
        invalid(errors, `${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive');
      if (mount.subPath.startsWith('/')) invalid(errors, `${at}.subPath`, mount.subPath, 'must be a relative path');
      if (mount.subPath.split('/').includes('..'))
        invalid(errors, `${at}.subPath`, mount.subPath, "must not contain '..'");
    }
    if (mount.mountPropagation !== undefined)
      oneOf(errors, `${at}.mountPropagation`, mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
  }
}

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Source: pkg/apis/core/validation/validation.go (ValidateContainerResourceRequirements) */
export function validateResources(errors: Errors, at: string, resources: ResourceRequirements | undefined): void {
  if (resources === undefined) return;
  const { limits, requests } = resources;
  for (const name in limits) {
    const field = `${at}.limits[${name}]`;
    validateContainerResource(errors, field, name);
    validateAmount(errors, field, name, limits[name] as string);
  }
  for (const name in requests) {
    const request = requests[name] as string;
    const field = `${at}.requests[${name}]`;
    validateContainerResource(errors, field, name);
    validateAmount(errors, field, name, request);
    const limit = limits?.[name];
    if (limit !== undefined) {
      const isExact = isExtended(name) || name.startsWith('hugepages-');
      const difference = compareQuantities(request, limit);
      if (isExact && difference !== 0)
        invalid(errors, `${at}.requests`, request, `must be equal to ${name} limit of ${limit}`);
      else if (difference > 0)
        invalid(errors, `${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`);
    } else if (isExtended(name)) required(errors, `${at}.limits`, 'Limit must be set for non overcommitable resources');
  }
}

function validateContainerResource(errors: Errors, field: string, name: string): void {
  if (CONTAINER_RESOURCES.has(name) || name.startsWith('hugepages-')) return;
  complain(errors, field, name, checkQualifiedName(name));
  if (!name.includes('/')) {
    invalid(errors, field, name, 'must be a standard resource type or fully qualified');
    invalid(errors, field, name, 'must be a standard resource for containers');
  }
}

export function validateAmount(errors: Errors, field: string, name: string, amount: string): void {
  if (amount.startsWith('-')) invalid(errors, field, amount, NEGATIVE);
  if (isExtended(name) && quantityNanos(amount) % 1_000_000_000n !== 0n)
    invalid(errors, field, amount, 'must be an integer');
}

/** `nvidia.com/gpu` and the like: whole pieces that cannot be overcommitted. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.startsWith('kubernetes.io/') && !name.startsWith('requests.');
}

function validateSecurityContext(errors: Errors, at: string, context: SecurityContext | undefined): void {
  if (context === undefined) return;
  for (const key of ['runAsUser', 'runAsGroup'] as const) {
    const id = context[key];
    if (id !== undefined && (id < 0 || id > MAX_ID))
      invalid(errors, `${at}.${key}`, id, `must be between 0 and ${MAX_ID}, inclusive`);
  }
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true)
    invalid(errors, at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  if (context.capabilities?.add?.some((name) => name === 'CAP_SYS_ADMIN' || name === 'SYS_ADMIN'))
    invalid(errors, at, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
}

function validateLifecycleAndProbes(errors: Errors, at: string, container: Container): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart !== undefined) validateHandler(errors, `${at}.lifecycle.postStart`, lifecycle.postStart);
  if (lifecycle?.preStop !== undefined) validateHandler(errors, `${at}.lifecycle.preStop`, lifecycle.preStop);
  if (livenessProbe !== undefined) validateProbe(errors, `${at}.livenessProbe`, livenessProbe, true);
  if (readinessProbe !== undefined) {
    validateProbe(errors, `${at}.readinessProbe`, readinessProbe, false);
    if (readinessProbe.terminationGracePeriodSeconds !== undefined)
      invalid(
        errors,
        `${at}.readinessProbe.terminationGracePeriodSeconds`,
        readinessProbe.terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      );
  }
  if (startupProbe !== undefined) validateProbe(errors, `${at}.startupProbe`, startupProbe, true);
}

function forbidLifecycleAndProbes(errors: Errors, at: string, container: Container, role: 'init' | 'ephemeral'): void {
  const detail =
    role === 'init'
      ? 'may not be set for init containers without restartPolicy=Always'
      : 'cannot be set for an Ephemeral Container';
  for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    if (container[key] !== undefined) forbidden(errors, `${at}.${key}`, detail);
}

function validateProbe(errors: Errors, at: string, probe: Probe, onlyOneSuccess: boolean): void {
  validateHandler(errors, at, probe);
  for (const key of PROBE_NUMBERS) atLeastZero(errors, `${at}.${key}`, probe[key]);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    invalid(errors, `${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0');
  if (onlyOneSuccess && probe.successThreshold !== undefined && probe.successThreshold !== 1)
    invalid(errors, `${at}.successThreshold`, probe.successThreshold, 'must be 1');
}

const PROBE_NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateHandler(errors: Errors, at: string, handler: Probe | LifecycleHandler): void {
  let count = 0;
  const next = (key: string): boolean => {
    if (count++ === 0) return true;
    forbidden(errors, `${at}.${key}`, 'may not specify more than 1 handler type');
    return false;
  };
  const { exec, httpGet, tcpSocket } = handler;
  if (exec !== undefined && next('exec') && (exec.command ?? []).length === 0) required(errors, `${at}.exec.command`);
  if (httpGet !== undefined && next('httpGet')) {
    if (!httpGet.path) required(errors, `${at}.httpGet.path`);
    portNumberOrName(errors, `${at}.httpGet.port`, httpGet.port);
    if (httpGet.scheme !== 'HTTP' && httpGet.scheme !== 'HTTPS')
      unsupported(errors, `${at}.httpGet.scheme`, httpGet.scheme ?? '', ['HTTP', 'HTTPS']);
  }
  if (tcpSocket !== undefined && next('tcpSocket')) portNumberOrName(errors, `${at}.tcpSocket.port`, tcpSocket.port);
  if ('grpc' in handler && handler.grpc !== undefined && next('grpc'))
    complain(errors, `${at}.grpc.port`, handler.grpc.port, checkPortNumber(handler.grpc.port));
  if ('sleep' in handler && handler.sleep !== undefined && next('sleep') && handler.sleep.seconds < 0)
    invalid(errors, `${at}.sleep`, handler.sleep.seconds, NEGATIVE);
  if (count === 0) required(errors, at, 'must specify a handler type');
}

/** For names of other objects: `serviceAccountName`, `priorityClassName`. */
export function validateReference(errors: Errors, field: string, name: string | undefined): void {
  if (name !== undefined) complain(errors, field, name, checkSubdomain(name));
}

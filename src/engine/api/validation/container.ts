import type {
  Container,
  ContainerPort,
  EnvVar,
  EnvVarSource,
  EphemeralContainer,
  LifecycleHandler,
  Probe,
  ResourceRequirements,
  VolumeMount,
} from '../generated/types.ts';
import {
  checkConfigMapKey,
  checkEnvVarName,
  checkLabel,
  checkPortName,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
} from '../names.ts';
import { compareQuantities, parseQuantity, quantityNanos } from '../quantity.ts';
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
import { validateSecurityContext } from './security-context.ts';

/** What a container is checked against: the Pod around it. */
export interface PodContext {
  readonly volumes: ReadonlySet<string>;
  /** Names of all containers seen so far, of every list. */
  readonly names: Set<string>;
  readonly graceSeconds: number;
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const RESTARTS = ['Always', 'Never', 'OnFailure'];

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
  for (let index = 0; index < containers.length; index++) {
    const container = containers[index] as Container;
    const at = `${field}[${index}]`;
    validateContainer(errors, at, container, context);
    if (role === 'ephemeral') validateImageSpace(errors, at, container);
    if (context.names.has(container.name)) duplicate(errors, `${at}.name`, container.name);
    else if (container.name !== '') context.names.add(container.name);
    if (role !== 'ephemeral' && container.restartPolicy !== undefined && !RESTARTS.includes(container.restartPolicy))
      unsupported(errors, `${at}.restartPolicy`, container.restartPolicy, RESTARTS);
    // Init containers run one after the other, so their ports do not meet; upstream names the first one.
    if (role === 'init') validateHostPorts(errors, field, [container]);
    const isSidecar = role === 'init' && container.restartPolicy === 'Always';
    if (role === 'app' || isSidecar) validateLifecycleAndProbes(errors, at, container, context.graceSeconds);
    else forbidLifecycleAndProbes(errors, at, container, role);
  }
  if (role === 'app') validateHostPorts(errors, field, containers as readonly Container[]);
}

/** Source: pkg/apis/core/validation/validation.go (AccumulateUniqueHostPorts) */
function validateHostPorts(errors: Errors, field: string, containers: readonly Container[]): void {
  const seen = new Set<string>();
  for (const [index, { ports }] of containers.entries())
    for (const [position, { hostPort, hostIP = '', protocol }] of (ports ?? []).entries()) {
      if (hostPort === undefined) continue;
      const claim = `${protocol}/${hostIP}/${hostPort}`;
      if (seen.has(claim)) duplicate(errors, `${field}[${index}].ports[${position}].hostPort`, claim);
      seen.add(claim);
    }
}

/** On the host's network a port is the host's. Source: validatePodHostNetworkDeps */
export function validateHostNetwork(errors: Errors, field: string, containers: readonly Container[]): void {
  for (const [index, { ports }] of containers.entries())
    for (const [position, { hostPort = 0, containerPort }] of (ports ?? []).entries())
      if (hostPort !== containerPort)
        invalid(
          errors,
          `${field}[${index}].ports[${position}].hostPort`,
          hostPort,
          'must match `containerPort` when `hostNetwork` is true',
        );
}

/** Only Pods are asked for this, templates are not. Source: validateContainerOnlyForPod */
export function validateImageSpace(errors: Errors, at: string, { image = '' }: Pick<Container, 'image'>): void {
  if (image.trim() !== image) invalid(errors, `${at}.image`, image, 'must not have leading or trailing whitespace');
}

function validateContainer(errors: Errors, at: string, container: Container, context: PodContext): void {
  if (container.name === '') required(errors, `${at}.name`);
  else complain(errors, `${at}.name`, container.name, checkLabel(container.name));
  if (!container.image) required(errors, `${at}.image`);
  oneOf(errors, `${at}.terminationMessagePolicy`, container.terminationMessagePolicy, MESSAGE_POLICIES);
  if (container.ports !== undefined) validatePorts(errors, `${at}.ports`, container.ports);
  if (container.env !== undefined) validateEnv(errors, `${at}.env`, container.env);
  if (container.envFrom !== undefined) validateEnvFrom(errors, `${at}.envFrom`, container.envFrom);
  if (container.volumeMounts !== undefined)
    validateMounts(errors, `${at}.volumeMounts`, container.volumeMounts, context);
  oneOf(errors, `${at}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES);
  validateResources(errors, `${at}.resources`, container.resources);
  validateSecurityContext(errors, `${at}.securityContext`, container.securityContext);
}

function validatePorts(errors: Errors, field: string, ports: readonly ContainerPort[]): void {
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
    if (port.hostPort !== undefined) complain(errors, `${at}.hostPort`, port.hostPort, checkPortNumber(port.hostPort));
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

/** That there is no source is said of the whole list, as upstream does. */
function validateEnvFrom(errors: Errors, field: string, sources: NonNullable<Container['envFrom']>): void {
  for (const [index, source] of sources.entries()) {
    const at = `${field}[${index}]`;
    if (source.prefix !== undefined) complain(errors, `${at}.prefix`, source.prefix, checkEnvVarName(source.prefix));
    let count = 0;
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const reference = source[kind];
      if (reference === undefined) continue;
      count++;
      if (!reference.name) required(errors, `${at}.${kind}.name`);
      else complain(errors, `${at}.${kind}.name`, reference.name, checkSubdomain(reference.name));
    }
    if (count === 0) invalid(errors, field, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (count > 1) invalid(errors, field, '', 'may not have more than one field specified at a time');
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
    const { name = '', key } = reference;
    complain(errors, `${at}.${kind}.name`, name, checkSubdomain(name));
    if (key === '') required(errors, `${at}.${kind}.key`);
    else complain(errors, `${at}.${kind}.key`, key, checkConfigMapKey(key));
  }
  if (source.fileKeyRef !== undefined) count++;
  if (count === 0)
    invalid(
      errors,
      at,
      '',
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    );
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
    // These paths have no index upstream either.
    if (mount.subPath !== undefined) validateDescendingPath(errors, `${field}.subPath`, mount.subPath);
    if (mount.subPathExpr !== undefined) {
      if (mount.subPath !== undefined)
        invalid(errors, `${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive');
      validateDescendingPath(errors, `${field}.subPathExpr`, mount.subPathExpr);
    }
    if (mount.mountPropagation !== undefined)
      oneOf(errors, `${field}.mountPropagation`, mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
  }
}

/** Source: pkg/apis/core/validation/validation.go (validateLocalDescendingPath) */
export function validateDescendingPath(errors: Errors, field: string, path: string): void {
  if (path.startsWith('/')) invalid(errors, field, path, 'must be a relative path');
  if (path.split('/').includes('..')) invalid(errors, field, path, "must not contain '..'");
}

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Source: pkg/apis/core/validation/validation.go (ValidateContainerResourceRequirements) */
export function validateResources(errors: Errors, at: string, resources: ResourceRequirements | undefined): void {
  if (resources === undefined) return;
  const { limits, requests } = resources;
  for (const name in limits) {
    const field = `${at}.limits[${name}]`;
    validateContainerResource(errors, field, name, limits[name] as string);
  }
  for (const name in requests) {
    const request = requests[name] as string;
    const field = `${at}.requests[${name}]`;
    validateContainerResource(errors, field, name, request);
    const limit = limits?.[name];
    const isExact = isExtended(name) || isHugePages(name);
    if (limit !== undefined) {
      const difference = compareQuantities(request, limit);
      if (isExact && difference !== 0)
        invalid(errors, `${at}.requests`, request, `must be equal to ${name} limit of ${limit}`);
      else if (difference > 0)
        invalid(errors, `${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`);
    } else if (isExact) required(errors, `${at}.limits`, 'Limit must be set for non overcommitable resources');
  }
  const names = Object.keys({ ...limits, ...requests });
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    forbidden(errors, at, 'HugePages require cpu or memory');
}

const HUGE_PAGES = 'hugepages-';
const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES);

function validateContainerResource(errors: Errors, field: string, name: string, amount: string): void {
  if (!CONTAINER_RESOURCES.has(name)) {
    complain(errors, field, name, checkQualifiedName(name));
    if (!name.includes('/') && !isHugePages(name)) {
      invalid(errors, field, name, 'must be a standard resource type or fully qualified');
      invalid(errors, field, name, 'must be a standard resource for containers');
    }
  }
  validateAmount(errors, field, name, amount);
  if (isHugePages(name) && !isWholePages(amount, name.slice(HUGE_PAGES.length)))
    invalid(errors, field, amount, `${amount} is not positive integer multiple of ${name}`);
}

export function validateAmount(errors: Errors, field: string, name: string, amount: string): void {
  if (amount.startsWith('-')) invalid(errors, field, amount, NEGATIVE);
  if (isExtended(name) && quantityNanos(amount) % 1_000_000_000n !== 0n)
    invalid(errors, field, amount, 'must be an integer');
}

/** Source: pkg/apis/core/helper/helpers.go (IsHugePageResourceValueDivisible) */
function isWholePages(amount: string, size: string): boolean {
  const page = parseQuantity(size);
  if (typeof page === 'string' || page.nanos <= 0n || page.nanos % 1_000_000_000n !== 0n) return false;
  return quantityNanos(amount) % page.nanos === 0n;
}

/** `nvidia.com/gpu` and the like: whole pieces that cannot be overcommitted. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.startsWith('kubernetes.io/') && !name.startsWith('requests.');
}

function validateLifecycleAndProbes(errors: Errors, at: string, container: Container, graceSeconds: number): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart !== undefined)
    validateHandler(errors, `${at}.lifecycle.postStart`, lifecycle.postStart, graceSeconds);
  if (lifecycle?.preStop !== undefined)
    validateHandler(errors, `${at}.lifecycle.preStop`, lifecycle.preStop, graceSeconds);
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
  if (role === 'init') return;
  if (container.ports !== undefined) forbidden(errors, `${at}.ports`, detail);
  if (container.resources?.limits !== undefined || container.resources?.requests !== undefined)
    forbidden(errors, `${at}.resources`, detail);
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

function validateHandler(errors: Errors, at: string, handler: Probe | LifecycleHandler, graceSeconds = 0): void {
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
  if ('sleep' in handler && handler.sleep !== undefined && next('sleep')) {
    const { seconds } = handler.sleep;
    if (seconds < 0 || seconds > graceSeconds)
      invalid(
        errors,
        `${at}.sleep`,
        seconds,
        `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
      );
  }
  if (count === 0) required(errors, at, 'must specify a handler type');
}

/** For names of other objects: `serviceAccountName`, `priorityClassName`. */
export function validateReference(errors: Errors, field: string, name: string | undefined): void {
  if (name !== undefined) complain(errors, field, name, checkSubdomain(name));
}

import type { Container, ContainerPort, EphemeralContainer, VolumeMount } from '../generated/types.ts';
import { checkLabel, checkPortName, checkPortNumber } from '../names.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import {
  complain,
  duplicate,
  type Errors,
  invalid,
  missing,
  oneOf,
  required,
  unsupported,
  validateDescendingPath,
} from './field.ts';
import { forbidLifecycleAndProbes, validateLifecycleAndProbes } from './probes.ts';
import { validateResources } from './resources.ts';
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

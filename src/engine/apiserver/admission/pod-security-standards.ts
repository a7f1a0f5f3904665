import type { Container, PodSpec, SecurityContext } from '../../api/generated/types.ts';

export type Level = 'baseline' | 'restricted';

/** What a check has against a pod, as messages say it; undefined: nothing. */
type Check = (spec: PodSpec, containers: readonly Container[]) => string | undefined;

/**
 * What a pod does that a Pod Security Standard forbids, in the order in which the server lists it.
 * Source: staging/src/k8s.io/pod-security-admission/policy/check_*.go, latest versions
 */
export function violations(level: Level, spec: PodSpec): string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const checks = level === 'baseline' ? [...SHARED_BASELINE, ...ONLY_BASELINE] : [...SHARED_BASELINE, ...RESTRICTED];
  return checks.flatMap((check) => check(spec, containers) ?? []);
}

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
const SAFE_SYSCTLS: ReadonlySet<string> = new Set(
  'kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem net.ipv4.tcp_wmem'.split(
    ' ',
  ),
);
const SAFE_VOLUMES: ReadonlySet<string> = new Set(
  'name configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' '),
);

const SHARED_BASELINE: readonly Check[] = [
  hostNamespaces,
  hostPorts,
  (_spec, containers) =>
    forbiddenIn(containers, 'privileged', (context) => context?.privileged === true, 'privileged=true'),
  (_spec, containers) =>
    forbiddenIn(
      containers,
      'procMount',
      (context) => context?.procMount !== undefined && context.procMount !== 'Default',
      'procMount to "Unmasked"',
    ),
  sysctls,
];

const ONLY_BASELINE: readonly Check[] = [
  (_spec, containers) => addedCapabilities('non-default capabilities', containers, DEFAULT_CAPABILITIES),
  hostPathVolumes,
  (spec, containers) => unconfined(spec, containers, false),
];

const RESTRICTED: readonly Check[] = [
  (_spec, containers) => {
    const bad = containers.filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
    if (bad.length === 0) return undefined;
    return `allowPrivilegeEscalation != false (${named(bad)} must set securityContext.allowPrivilegeEscalation=false)`;
  },
  restrictedCapabilities,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  (spec, containers) => unconfined(spec, containers, true),
];

function hostNamespaces(spec: PodSpec): string | undefined {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
  return used.length === 0 ? undefined : `host namespaces (${used.map((field) => `${field}=true`).join(', ')})`;
}

function hostPorts(_spec: PodSpec, containers: readonly Container[]): string | undefined {
  const bad = containers.filter(({ ports = [] }) => ports.some((port) => port.hostPort));
  if (bad.length === 0) return undefined;
  const ports = [...new Set(bad.flatMap(({ ports: all = [] }) => all.flatMap((port) => port.hostPort || [])))].sort(
    (a, b) => a - b,
  );
  return `hostPort (${named(bad)} ${bad.length === 1 ? 'uses' : 'use'} ${ports.length === 1 ? 'hostPort' : 'hostPorts'} ${ports.join(', ')})`;
}

function sysctls(spec: PodSpec): string | undefined {
  const bad = (spec.securityContext?.sysctls ?? []).filter(({ name }) => !SAFE_SYSCTLS.has(name));
  return bad.length === 0 ? undefined : `forbidden sysctls (${bad.map(({ name }) => name).join(', ')})`;
}

function hostPathVolumes(spec: PodSpec): string | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => volume.hostPath !== undefined).map(({ name }) => name);
  return bad.length === 0 ? undefined : `hostPath volumes (${bad.length === 1 ? 'volume' : 'volumes'} ${quoted(bad)})`;
}

function restrictedCapabilities(_spec: PodSpec, containers: readonly Container[]): string | undefined {
  const undropped = containers.filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const added = addedCapabilities('', containers, new Set(['NET_BIND_SERVICE']));
  const details: string[] = [];
  if (undropped.length > 0) details.push(`${named(undropped)} must set securityContext.capabilities.drop=["ALL"]`);
  if (added !== undefined) details.push(added.slice(2, -1));
  return details.length === 0 ? undefined : `unrestricted capabilities (${details.join('; ')})`;
}

function addedCapabilities(
  reason: string,
  containers: readonly Container[],
  allowed: ReadonlySet<string>,
): string | undefined {
  const extra = (container: Container): string[] =>
    (container.securityContext?.capabilities?.add ?? []).filter((name) => !allowed.has(name));
  const bad = containers.filter((container) => extra(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = [...new Set(bad.flatMap(extra))].sort();
  return `${reason} (${named(bad)} must not include ${quoted(names)} in securityContext.capabilities.add)`;
}

function restrictedVolumes(spec: PodSpec): string | undefined {
  const names: string[] = [];
  const types = new Set<string>();
  for (const volume of spec.volumes ?? []) {
    const type = Object.keys(volume).find((field) => !SAFE_VOLUMES.has(field));
    if (type === undefined) continue;
    names.push(volume.name);
    types.add(type);
  }
  if (names.length === 0) return undefined;
  const many = names.length > 1;
  const kinds = [...types].sort();
  return `restricted volume types (${many ? 'volumes' : 'volume'} ${quoted(names)} ${many ? 'use' : 'uses'} restricted volume ${kinds.length > 1 ? 'types' : 'type'} ${quoted(kinds)})`;
}

function runAsNonRoot(spec: PodSpec, containers: readonly Container[]): string | undefined {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const explicit = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  const silent = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  const details: string[] = [];
  if (ofPod === false && silent.length > 0) details.push('pod must not set securityContext.runAsNonRoot=false');
  if (explicit.length > 0) details.push(`${named(explicit)} must not set securityContext.runAsNonRoot=false`);
  if (ofPod === undefined && silent.length > 0) {
    details.push(`pod or ${named(silent)} must set securityContext.runAsNonRoot=true`);
  }
  return details.length === 0 ? undefined : `runAsNonRoot != true (${details.join(', ')})`;
}

function runAsUser(spec: PodSpec, containers: readonly Container[]): string | undefined {
  const bad = containers.filter(({ securityContext }) => securityContext?.runAsUser === 0);
  const details: string[] = [];
  if (spec.securityContext?.runAsUser === 0) details.push('pod must not set runAsUser=0');
  if (bad.length > 0) details.push(`${named(bad)} must not set runAsUser=0`);
  return details.length === 0 ? undefined : `runAsUser=0 (${details.join(', ')})`;
}

function unconfined(spec: PodSpec, containers: readonly Container[], mustBeSet: boolean): string | undefined {
  const ofPod = spec.securityContext?.seccompProfile?.type;
  const bad = containers.filter(({ securityContext }) => securityContext?.seccompProfile?.type === 'Unconfined');
  const silent = containers.filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  const field = 'securityContext.seccompProfile.type';
  const details: string[] = [];
  if (ofPod === 'Unconfined') details.push(`pod must not set ${field} to "Unconfined"`);
  if (bad.length > 0) details.push(`${named(bad)} must not set ${field} to "Unconfined"`);
  if (mustBeSet && ofPod === undefined && silent.length > 0) {
    details.push(`pod or ${named(silent)} must set ${field} to "RuntimeDefault" or "Localhost"`);
  }
  return details.length === 0 ? undefined : `seccompProfile (${details.join(', ')})`;
}

function forbiddenIn(
  containers: readonly Container[],
  reason: string,
  isBad: (context: SecurityContext | undefined) => boolean,
  what: string,
): string | undefined {
  const bad = containers.filter(({ securityContext }) => isBad(securityContext));
  return bad.length === 0 ? undefined : `${reason} (${named(bad)} must not set securityContext.${what})`;
}

function named(containers: readonly Container[]): string {
  return `${containers.length === 1 ? 'container' : 'containers'} ${quoted(containers.map(({ name }) => name))}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

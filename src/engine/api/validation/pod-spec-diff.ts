import type { PodSpec } from '../generated/types.ts';
import { schemaOf, type TypeSchema } from '../schema.ts';
import { unifiedDiff } from './unified-diff.ts';

/**
 * The diff that a forbidden change of a Pod's spec is answered with. It shows the server's internal form:
 * Go's field names and order, nothing left out, and the host's namespaces inside the security context.
 * Source: pkg/apis/core/types.go, pkg/apis/core/validation/validation.go (ValidatePodUpdate)
 */
export function podSpecDiff(old: PodSpec, changed: PodSpec): string {
  return unifiedDiff(internalLines(old), internalLines(changed));
}

/** Order of fields where it is not alphabetical; structs that are not listed are rare in a spec. */
const ORDER: Readonly<Record<string, string>> = {
  PodSpec:
    'volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName automountServiceAccountToken nodeName securityContext imagePullSecrets hostname subdomain setHostnameAsFQDN affinity schedulerName tolerations hostAliases priorityClassName priority preemptionPolicy dnsConfig readinessGates runtimeClassName overhead enableServiceLinks topologySpreadConstraints os schedulingGates resourceClaims resources hostnameOverride workloadRef',
  PodSecurityContext:
    'seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy sysctls seccompProfile appArmorProfile seLinuxChangePolicy',
  Container:
    'name image command args workingDir ports envFrom env resources resizePolicy restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty',
  ContainerPort: 'name hostPort containerPort protocol hostIP',
  EnvVar: 'name value valueFrom',
  Probe:
    'exec httpGet tcpSocket grpc initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds',
  HTTPGetAction: 'path port host scheme httpHeaders',
  TCPSocketAction: 'port host',
  ResourceRequirements: 'limits requests claims',
  Toleration: 'key operator value effect tolerationSeconds',
  VolumeMount: 'name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr',
  Volume:
    'name hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd quobyte flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image',
  ProjectedVolumeSource: 'sources defaultMode',
  VolumeProjection: 'secret downwardAPI configMap serviceAccountToken clusterTrustBundle podCertificate',
  ConfigMapProjection: 'name items optional',
  ConfigMapVolumeSource: 'name items defaultMode optional',
  SecretVolumeSource: 'secretName items defaultMode optional',
  DownwardAPIVolumeFile: 'path fieldRef resourceFieldRef mode',
  KeyToPath: 'key path mode',
  ServiceAccountTokenProjection: 'audience expirationSeconds path',
};

const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'] as const;

/** Names that Go does not write with just a first capital. */
const GO_NAMES: Readonly<Record<string, string>> = {
  dnsPolicy: 'DNSPolicy',
  dnsConfig: 'DNSConfig',
  os: 'OS',
  tty: 'TTY',
  httpGet: 'HTTPGet',
  tcpSocket: 'TCPSocket',
  grpc: 'GRPC',
  httpHeaders: 'HTTPHeaders',
  seLinuxOptions: 'SELinuxOptions',
  seLinuxChangePolicy: 'SELinuxChangePolicy',
  fsGroup: 'FSGroup',
  fsGroupChangePolicy: 'FSGroupChangePolicy',
  gcePersistentDisk: 'GCEPersistentDisk',
  awsElasticBlockStore: 'AWSElasticBlockStore',
  nfs: 'NFS',
  iscsi: 'ISCSI',
  rbd: 'RBD',
  cephfs: 'CephFS',
  fc: 'FC',
  csi: 'CSI',
  storageos: 'StorageOS',
};

function internalLines(spec: PodSpec): string[] {
  return JSON.stringify(internal('PodSpec', spec as unknown as Record<string, unknown>), null, 1).split('\n');
}

function internal(struct: string, value: Record<string, unknown>): Record<string, unknown> {
  const { fields } = schemaOf(struct);
  const out: Record<string, unknown> = {};
  for (const name of ORDER[struct]?.split(' ') ?? fields.keys()) {
    const field = fields.get(name);
    if (field === undefined) continue;
    const isPointer = field.presence === 'pointer';
    out[goName(name)] = internalValue(field.type, value[name], isPointer);
    if (struct === 'PodSpec' && name === 'securityContext')
      out.SecurityContext = { ...internalHost(value), ...(out.SecurityContext as object | null) };
  }
  return out;
}

function internalHost(spec: Record<string, unknown>): Record<string, unknown> {
  const isPlain = (name: string) => name !== 'shareProcessNamespace' && name !== 'hostUsers';
  return Object.fromEntries(HOST_FIELDS.map((name) => [goName(name), spec[name] ?? (isPlain(name) ? false : null)]));
}

function internalValue(type: TypeSchema, value: unknown, isPointer: boolean): unknown {
  if (value === undefined || value === null) return isPointer ? null : zero(type);
  if (type.kind === 'struct') return internal(type.struct, value as Record<string, unknown>);
  if (type.kind === 'list') return (value as unknown[]).map((item) => internalValue(type.item, item, false));
  return value;
}

function zero(type: TypeSchema): unknown {
  switch (type.kind) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'intOrString':
      return 0;
    case 'struct':
      return internal(type.struct, {});
    default:
      return null;
  }
}

function goName(name: string): string {
  return GO_NAMES[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

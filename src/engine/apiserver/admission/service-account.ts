import type { Container, Pod, PodSpec, ServiceAccount, Volume, VolumeMount } from '../../api/generated/types.ts';
import { randomSuffix } from '../../api/names.ts';
import { resourceOfBareKind } from '../../api/resources.ts';
import { extended } from '../../api/share.ts';
import { forbidden } from '../../api/status.ts';
import { current, spokenName } from '../server.ts';
import type { Plugin } from './plugin.ts';

const ACCOUNTS = '/registry/serviceaccounts/';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** Mark of a pod that a kubelet shows for a static one: it gets nothing from the API. */
const MIRROR = 'kubernetes.io/config.mirror';

const SOURCES: NonNullable<NonNullable<Volume['projected']>['sources']> = [
  { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  {
    downwardAPI: {
      items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
    },
  },
];

/**
 * A pod runs as a service account and finds its token in a volume.
 * Source: plugin/pkg/admission/serviceaccount/admission.go
 */
export const serviceAccount: Plugin = (handling, verb, object) => {
  const { info, env, fresh } = handling;
  if (object.kind !== 'Pod' || verb !== 'create' || info.subresource !== '') return { object };
  const pod = object as Pod;
  if (pod.metadata.annotations?.[MIRROR] !== undefined) return { object };
  const name = pod.spec.serviceAccountName || 'default';
  const key = `${ACCOUNTS}${info.namespace}/${name}`;
  const account = current(handling, key) as ServiceAccount | undefined;
  if (account === undefined) {
    if (!fresh.has(key)) return { keys: [key] };
    const detail = `error looking up service account ${info.namespace}/${name}: serviceaccount "${name}" not found`;
    return { status: forbidden(resourceOfBareKind('Pod') as never, spokenName(pod), detail) };
  }
  let spec: PodSpec = extended(pod.spec, { serviceAccountName: name, serviceAccount: name });
  if (account.imagePullSecrets !== undefined && (spec.imagePullSecrets ?? []).length === 0) {
    spec.imagePullSecrets = account.imagePullSecrets;
  }
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
    spec = withToken(spec, () => env.random());
  }
  return { object: { ...pod, spec } as Pod };
};

function withToken(spec: PodSpec, random: () => number): PodSpec {
  const there = spec.volumes?.find((volume) => volume.name.startsWith(VOLUME_PREFIX));
  const name = there?.name ?? VOLUME_PREFIX + randomSuffix(5, random);
  const mount: VolumeMount = { name, readOnly: true, mountPath: MOUNT_PATH };
  let used = false;
  const mounted = <Any extends Pick<Container, 'volumeMounts'>>(container: Any): Any => {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) return container;
    used = true;
    return extended(container, { volumeMounts: [...(container.volumeMounts ?? []), mount] });
  };
  const containers = spec.containers.map(mounted);
  const initContainers = spec.initContainers?.map(mounted);
  const result: PodSpec = extended(spec, { containers, ...(initContainers && { initContainers }) });
  if (!used || there !== undefined) return result;
  const volume: Volume = { name, projected: { sources: SOURCES, defaultMode: 420 } };
  result.volumes = [...(spec.volumes ?? []), volume];
  return result;
}

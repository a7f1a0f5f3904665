import type { Pod } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Table } from '../../kernel/table.ts';
import type { RequestInfo, Verb } from '../request-info.ts';

type Rule = readonly [verbs: readonly Verb[], resources: readonly string[]];
const READ: readonly Verb[] = ['get', 'list', 'watch'];

/**
 * What every kubelet may do, whatever its node.
 * Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go (NodeRules)
 */
const RULES: readonly Rule[] = [
  [READ, ['services', 'runtimeclasses', 'csidrivers']],
  [['create', 'get', 'list', 'watch', 'patch', 'update'], ['nodes']],
  [
    ['patch', 'update'],
    ['nodes/status', 'pods/status'],
  ],
  [['create', 'patch', 'update'], ['events']],
  [['create', 'delete', 'get'], ['pods']],
  [['create'], ['pods/eviction', 'serviceaccounts/token']],
];
const NODE_LEASES = 'kube-node-lease';

const allowed = new Set(
  RULES.flatMap(([verbs, resources]) => verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`))),
);

/**
 * Whether the Node authorizer lets a kubelet do this: the rules above; its own Lease; the pods of its node; and the
 * ConfigMaps and Secrets that those pods use.
 * Source: plugin/pkg/auth/authorizer/node/node_authorizer.go
 */
export function isAllowedForNode(
  objects: Table<KubernetesObject>,
  node: string,
  info: RequestInfo,
  fieldSelector: string | undefined,
): boolean {
  const { verb, resource, subresource, namespace, name } = info;
  const wanted = subresource === '' ? resource.plural : `${resource.plural}/${subresource}`;
  if (allowed.has(`${verb} ${wanted}`)) return true;
  switch (wanted) {
    case 'pods':
      return (
        (verb === 'list' || verb === 'watch') && (fieldSelector ?? '').split(',').includes(`spec.nodeName=${node}`)
      );
    case 'leases':
      return namespace === NODE_LEASES && (name === node || verb === 'create');
    case 'configmaps':
    case 'secrets':
      return READ.includes(verb) && name !== '' && isUsedOn(objects, node, namespace, resource.kind, name);
    default:
      return false;
  }
}

function isUsedOn(
  objects: Table<KubernetesObject>,
  node: string,
  namespace: string,
  kind: string,
  name: string,
): boolean {
  for (const key of objects.keysBy('node', node)) {
    const pod = objects.get(key) as Pod;
    if (pod.metadata.namespace === namespace && isUsedBy(pod, kind, name)) return true;
  }
  return false;
}

function isUsedBy({ spec }: Pod, kind: string, name: string): boolean {
  const isSecret = kind === 'Secret';
  if (isSecret && spec.imagePullSecrets?.some((secret) => secret.name === name)) return true;
  for (const volume of spec.volumes ?? []) {
    if ((isSecret ? volume.secret?.secretName : volume.configMap?.name) === name) return true;
    for (const source of volume.projected?.sources ?? []) {
      if ((isSecret ? source.secret?.name : source.configMap?.name) === name) return true;
    }
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { valueFrom } of container.env ?? []) {
      if ((isSecret ? valueFrom?.secretKeyRef?.name : valueFrom?.configMapKeyRef?.name) === name) return true;
    }
    for (const from of container.envFrom ?? []) {
      if ((isSecret ? from.secretRef?.name : from.configMapRef?.name) === name) return true;
    }
  }
  return false;
}

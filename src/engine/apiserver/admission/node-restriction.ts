import type { Pod } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { forbidden } from '../../api/status.ts';
import { nodeOf } from '../authentication.ts';
import { spokenName } from '../server.ts';
import type { Plugin } from './plugin.ts';

const MIRROR = 'kubernetes.io/config.mirror';

/**
 * A kubelet writes only its own Node, and only pods of its own node.
 * Source: plugin/pkg/admission/noderestriction/admission.go
 */
export const nodeRestriction: Plugin = (handling, verb, object, old) => {
  const { user, info } = handling;
  const node = nodeOf(user);
  if (node === undefined) return { object };
  const refuse = (detail: string) => ({ status: forbidden(info.resource, spokenName(object), detail) });
  if (object.kind === 'Node' && object.metadata.name !== node) {
    return refuse(`node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(object.metadata.name)}`);
  }
  if (object.kind !== 'Pod') return { object };
  const bound = nodeNameOf(old ?? object);
  if (verb === 'create' && object.metadata.annotations?.[MIRROR] === undefined) {
    const detail = `pod does not have ${JSON.stringify(MIRROR)} annotation, node ${JSON.stringify(node)} can only create mirror pods`;
    return refuse(detail);
  }
  if (bound === node) return { object };
  if (verb === 'create')
    return refuse(`node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`);
  return refuse(`node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`);
};

function nodeNameOf(object: KubernetesObject): string | undefined {
  return (object as Pod).spec.nodeName;
}

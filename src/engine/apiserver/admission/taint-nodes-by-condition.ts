import type { Node, Taint } from '../../api/generated/types.ts';
import type { Plugin } from './plugin.ts';

const NOT_READY: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/**
 * A new Node takes no pods until the node lifecycle controller has seen it ready.
 * Source: plugin/pkg/admission/nodetaint/admission.go
 */
export const taintNodesByCondition: Plugin = (_handling, verb, object) => {
  if (object.kind !== 'Node' || verb !== 'create') return { object };
  const node = object as Node;
  const taints = node.spec?.taints ?? [];
  if (taints.some((taint) => taint.key === NOT_READY.key && taint.effect === NOT_READY.effect)) return { object };
  return { object: { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } } as Node };
};

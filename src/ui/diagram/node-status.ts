import type { Node } from '../../engine/api/generated/types.ts';
import { mirror } from '../store/mirror.ts';

/** The API does not know how a node is, so it does not know how its pods are. */
export function isNotHeardOf(node: string): boolean {
  const conditions = mirror.object<Node>(`Node//${node}`)?.status?.conditions;
  return conditions?.find(({ type }) => type === 'Ready')?.status === 'Unknown';
}

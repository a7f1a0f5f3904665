import type { Pod, Taint, Toleration } from '../../api/generated/types.ts';

/** Source: staging/src/k8s.io/component-helpers/scheduling/corev1/helpers.go (ToleratesTaint) */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect, key, operator = 'Equal', value = '' } = toleration;
  if (effect !== undefined && (effect as string) !== '' && effect !== taint.effect) return false;
  if (key !== undefined && key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return operator === 'Equal' && key !== undefined && value === (taint.value ?? '');
}

/**
 * How long a pod may stay under these NoExecute taints: 0 at once, `Infinity` for ever. Of the tolerations that are used
 * the shortest time counts. Source: pkg/controller/tainteviction/taint_eviction.go (getMinTolerationTime)
 */
export function tolerationMs(pod: Pod, taints: readonly Taint[]): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const used = pod.spec?.tolerations?.find((toleration) => tolerates(toleration, taint));
    if (used === undefined) return 0;
    if (used.tolerationSeconds !== undefined) shortest = Math.min(shortest, Math.max(0, used.tolerationSeconds) * 1000);
  }
  return shortest;
}

import type { Pod, Toleration } from '../../api/generated/types.ts';
import { extended } from '../../api/share.ts';
import type { Plugin } from './plugin.ts';

const SECONDS = 300;
const [NOT_READY, UNREACHABLE] = ['not-ready', 'unreachable'].map(
  (condition): Toleration => ({
    key: `node.kubernetes.io/${condition}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: SECONDS,
  }),
) as [Toleration, Toleration];
/** Most pods bring no tolerations: they share one list. */
const BOTH: Toleration[] = [NOT_READY, UNREACHABLE];

/**
 * Pods stay for 5 minutes on a node that is not ready or cannot be reached, unless they say otherwise.
 * Source: plugin/pkg/admission/defaulttolerationseconds/admission.go
 */
export const defaultTolerationSeconds: Plugin = (handling, _verb, object, old) => {
  if (object.kind !== 'Pod' || handling.info.subresource !== '') return { object };
  const pod = object as Pod;
  if (old !== undefined && pod.spec === (old as Pod).spec) return { object };
  const { tolerations } = pod.spec;
  if (tolerations === undefined || tolerations.length === 0) {
    return { object: extended(pod, { spec: extended(pod.spec, { tolerations: BOTH }) }) };
  }
  const missing = BOTH.filter(({ key }) => !tolerations.some((toleration) => tolerates(toleration, key as string)));
  if (missing.length === 0) return { object };
  return { object: { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...missing] } } as Pod };
};

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}

import type { PodSpec } from '../generated/types.ts';
export function podSpecDiff(_old: PodSpec, _munged: PodSpec): string {
  return '';
}

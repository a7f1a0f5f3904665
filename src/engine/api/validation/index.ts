import type { KubernetesObject } from '../object.ts';
import type { FieldError } from '../status.ts';
export function validateCreate(_object: KubernetesObject): FieldError[] {
  return [];
}

import type { LabelSelector } from '../generated/types.ts';
import { checkLabelValue, checkQualifiedName } from '../names.ts';
import { complain, type Errors, forbidden, invalid, required } from './field.ts';

/** Keys and values of a map of labels. Source: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go */
export function validateLabels(errors: Errors, field: string, labels: Record<string, string> | undefined): void {
  for (const key in labels) {
    complain(errors, field, key, checkQualifiedName(key));
    const value = labels[key] as string;
    complain(errors, field, value, checkLabelValue(value));
  }
}

/** Source: the same file (ValidateLabelSelector) */
export function validateLabelSelector(errors: Errors, field: string, selector: LabelSelector | undefined): void {
  if (selector === undefined) return;
  validateLabels(errors, `${field}.matchLabels`, selector.matchLabels);
  for (const [index, { key, operator, values }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${field}.matchExpressions[${index}]`;
    const hasValues = values !== undefined && values.length > 0;
    if (operator === 'In' || operator === 'NotIn') {
      if (!hasValues) required(errors, `${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (hasValues)
        forbidden(errors, `${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else invalid(errors, `${at}.operator`, operator, 'not a valid selector operator');
    complain(errors, `${at}.key`, key, checkQualifiedName(key));
    for (const [position, value] of (values ?? []).entries())
      complain(errors, `${at}.values[${position}]`, value, checkLabelValue(value));
  }
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

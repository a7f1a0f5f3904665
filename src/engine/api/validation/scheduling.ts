import type {
  Affinity,
  NodeAffinity,
  NodeSelectorTerm,
  PodAffinityTerm,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from '../generated/types.ts';
import { checkLabel, checkLabelValue, checkQualifiedName } from '../names.ts';
import { complain, duplicate, type Errors, forbidden, invalid, oneOf, required, unsupported } from './field.ts';
import { validateLabelSelector } from './labels.ts';

/** The last two stand behind a gate that is off; they are named only to those who use them. */
const OPERATORS = ['Equal', 'Exists', 'Lt', 'Gt'];
const COMPARISONS = OPERATORS.slice(2);
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Source: pkg/apis/core/validation/validation.go (ValidateTolerations) */
export function validateTolerations(
  errors: Errors,
  field: string,
  tolerations: readonly Toleration[] | undefined,
): void {
  if (tolerations === undefined) return;
  for (let index = 0; index < tolerations.length; index++) {
    const toleration = tolerations[index] as Toleration;
    const at = `${field}[${index}]`;
    const { key, operator, value, effect } = toleration;
    if (key !== undefined) complain(errors, `${at}.key`, key, checkQualifiedName(key));
    else if (operator !== 'Exists')
      invalid(
        errors,
        `${at}.operator`,
        operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      );
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute')
      invalid(errors, `${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (operator === undefined || operator === 'Equal') {
      const complaints = checkLabelValue(value ?? '');
      if (complaints.length > 0) invalid(errors, `${at}.operator`, value, complaints.join(';'));
    } else if (operator === 'Exists') {
      if (value !== undefined)
        invalid(errors, `${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    } else
      unsupported(
        errors,
        `${at}.operator`,
        operator,
        COMPARISONS.includes(operator) ? OPERATORS : OPERATORS.slice(0, 2),
      );
    if (effect !== undefined && !EFFECTS.includes(effect)) unsupported(errors, `${at}.effect`, effect, EFFECTS);
  }
}

/** Source: pkg/apis/core/validation/validation.go (validateNodeTaints) */
export function validateTaints(errors: Errors, field: string, taints: readonly Taint[] | undefined): void {
  const seen = new Set<string>();
  for (const [index, taint] of (taints ?? []).entries()) {
    const at = `${field}[${index}]`;
    complain(errors, `${at}.key`, taint.key, checkQualifiedName(taint.key));
    complain(errors, `${at}.value`, taint.value ?? '', checkLabelValue(taint.value ?? ''));
    if (taint.effect === undefined) required(errors, `${at}.effect`);
    else if (!EFFECTS.includes(taint.effect)) unsupported(errors, `${at}.effect`, taint.effect, EFFECTS);
    const identity = `${taint.key}:${taint.effect}`;
    if (seen.has(identity)) duplicate(errors, at, taint);
    seen.add(identity);
  }
}

/** Source: pkg/apis/core/validation/validation.go (validateAffinity) */
export function validateAffinity(errors: Errors, at: string, affinity: Affinity | undefined): void {
  if (affinity === undefined) return;
  if (affinity.nodeAffinity !== undefined) validateNodeAffinity(errors, `${at}.nodeAffinity`, affinity.nodeAffinity);
  for (const side of ['podAffinity', 'podAntiAffinity'] as const) {
    const rules = affinity[side];
    if (rules === undefined) continue;
    for (const [index, term] of (rules.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
      validatePodTerm(errors, `${at}.${side}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, term);
    for (const [index, weighted] of (rules.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const path = `${at}.${side}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      validateWeight(errors, path, weighted.weight);
      validatePodTerm(errors, `${path}.podAffinityTerm`, weighted.podAffinityTerm);
    }
  }
}

function validateNodeAffinity(errors: Errors, at: string, affinity: NodeAffinity): void {
  const hard = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (hard !== undefined) {
    const path = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    if (hard.nodeSelectorTerms.length === 0) required(errors, path, 'must have at least one node selector term');
    for (const [index, term] of hard.nodeSelectorTerms.entries()) validateNodeTerm(errors, `${path}[${index}]`, term);
  }
  for (const [index, preferred] of (affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const path = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    validateWeight(errors, path, preferred.weight);
    validateNodeTerm(errors, `${path}.preference`, preferred.preference);
  }
}

function validateWeight(errors: Errors, at: string, weight: number): void {
  if (weight <= 0 || weight > 100) invalid(errors, `${at}.weight`, weight, 'must be in the range 1-100');
}

function validateNodeTerm(errors: Errors, at: string, term: NodeSelectorTerm): void {
  for (const [index, { key, operator, values }] of (term.matchExpressions ?? []).entries()) {
    const path = `${at}.matchExpressions[${index}]`;
    const count = values?.length ?? 0;
    switch (operator as string) {
      case 'In':
      case 'NotIn':
        if (count === 0) required(errors, `${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (count > 0)
          forbidden(errors, `${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        break;
      case 'Gt':
      case 'Lt':
        if (count !== 1)
          required(errors, `${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        break;
      default:
        invalid(errors, `${path}.operator`, operator, 'not a valid selector operator');
    }
    complain(errors, `${path}.key`, key, checkQualifiedName(key));
    for (const [position, value] of (values ?? []).entries())
      complain(errors, `${path}.values[${position}]`, value, checkLabelValue(value));
  }
  for (const [index, { key, operator, values }] of (term.matchFields ?? []).entries()) {
    const path = `${at}.matchFields[${index}]`;
    if (operator !== 'In' && operator !== 'NotIn')
      invalid(errors, `${path}.operator`, operator, 'not a valid selector operator');
    else if (values?.length !== 1)
      required(
        errors,
        `${path}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      );
    if (key !== 'metadata.name') invalid(errors, `${path}.key`, key, 'not a valid field selector key');
  }
}

function validatePodTerm(errors: Errors, at: string, term: PodAffinityTerm): void {
  validateLabelSelector(errors, `${at}.labelSelector`, term.labelSelector);
  validateLabelSelector(errors, `${at}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) complain(errors, `${at}.namespace`, name, checkLabel(name));
  if (term.topologyKey === '') required(errors, `${at}.topologyKey`, 'can not be empty');
  else complain(errors, `${at}.topologyKey`, term.topologyKey, checkQualifiedName(term.topologyKey));
}

const UNSATISFIABLE = ['DoNotSchedule', 'ScheduleAnyway'];
const POLICIES = ['Honor', 'Ignore'];

/** Source: pkg/apis/core/validation/validation.go (validateTopologySpreadConstraints) */
export function validateSpread(
  errors: Errors,
  field: string,
  constraints: readonly TopologySpreadConstraint[] | undefined,
): void {
  const seen = new Set<string>();
  for (const [index, constraint] of (constraints ?? []).entries()) {
    const at = `${field}[${index}]`;
    const { topologyKey, whenUnsatisfiable, minDomains } = constraint;
    if (constraint.maxSkew <= 0) invalid(errors, `${at}.maxSkew`, constraint.maxSkew, 'must be greater than zero');
    if (topologyKey === '') required(errors, `${at}.topologyKey`, 'can not be empty');
    else complain(errors, `${at}.topologyKey`, topologyKey, checkQualifiedName(topologyKey));
    if (!UNSATISFIABLE.includes(whenUnsatisfiable))
      unsupported(errors, `${at}.whenUnsatisfiable`, whenUnsatisfiable, UNSATISFIABLE);
    const identity = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(identity)) duplicate(errors, `${at}.{topologyKey, whenUnsatisfiable}`, identity);
    seen.add(identity);
    if (minDomains !== undefined) {
      if (minDomains <= 0) invalid(errors, `${at}.minDomains`, minDomains, 'must be greater than zero');
      if (whenUnsatisfiable !== 'DoNotSchedule')
        invalid(
          errors,
          `${at}.minDomains`,
          minDomains,
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
        );
    }
    if (constraint.nodeAffinityPolicy !== undefined)
      oneOf(errors, `${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, POLICIES);
    if (constraint.nodeTaintsPolicy !== undefined)
      oneOf(errors, `${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, POLICIES);
    validateLabelSelector(errors, `${at}.labelSelector`, constraint.labelSelector);
  }
}

import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '../generated/types.ts';
import { deepEqual } from '../share.ts';
import { type Errors, forbidden, invalid, required, unsupported } from './field.ts';
import { validateLabelSelector } from './labels.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Source: pkg/apis/rbac/validation/validation.go (ValidateRole, ValidateClusterRole) */
export function validateRole(errors: Errors, role: Role | ClusterRole): void {
  for (const [index, rule] of (role.rules ?? []).entries())
    validateRule(errors, `rules[${index}]`, rule, role.kind === 'Role');
  if (role.kind !== 'ClusterRole' || role.aggregationRule === undefined) return;
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    required(
      errors,
      'aggregationRule.clusterRoleSelectors',
      'at least one clusterRoleSelector required if aggregationRule is non-nil',
    );
  for (const [index, selector] of selectors.entries())
    validateLabelSelector(errors, `aggregationRule.clusterRoleSelectors[${index}]`, selector);
}

function validateRule(errors: Errors, at: string, rule: PolicyRule, isNamespaced: boolean): void {
  if (rule.verbs.length === 0) required(errors, `${at}.verbs`, 'verbs must contain at least one value');
  const urls = rule.nonResourceURLs ?? [];
  if (urls.length > 0) {
    if (isNamespaced)
      invalid(errors, `${at}.nonResourceURLs`, urls, 'namespaced rules cannot apply to non-resource URLs');
    if ((rule.apiGroups ?? []).length > 0 || (rule.resources ?? []).length > 0 || (rule.resourceNames ?? []).length > 0)
      invalid(
        errors,
        `${at}.nonResourceURLs`,
        urls,
        'rules cannot apply to both regular resources and non-resource URLs',
      );
    return;
  }
  if ((rule.apiGroups ?? []).length === 0)
    required(errors, `${at}.apiGroups`, 'resource rules must supply at least one api group');
  if ((rule.resources ?? []).length === 0)
    required(errors, `${at}.resources`, 'resource rules must supply at least one resource');
}

/** Source: pkg/apis/rbac/validation/validation.go (ValidateRoleBinding, ValidateClusterRoleBinding) */
export function validateBinding(errors: Errors, binding: RoleBinding | ClusterRoleBinding): void {
  const { roleRef } = binding;
  const isNamespaced = binding.kind === 'RoleBinding';
  if (roleRef.apiGroup !== GROUP) unsupported(errors, 'roleRef.apiGroup', roleRef.apiGroup, [GROUP]);
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(roleRef.kind)) unsupported(errors, 'roleRef.kind', roleRef.kind, kinds);
  if (roleRef.name === '') required(errors, 'roleRef.name');
  for (const [index, subject] of (binding.subjects ?? []).entries()) {
    const at = `subjects[${index}]`;
    if (subject.name === '') required(errors, `${at}.name`);
    switch (subject.kind) {
      case 'ServiceAccount':
        if ((subject.apiGroup ?? '') !== '') unsupported(errors, `${at}.apiGroup`, subject.apiGroup, ['']);
        if (!isNamespaced && !subject.namespace) required(errors, `${at}.namespace`);
        break;
      case 'User':
      case 'Group':
        if (subject.apiGroup !== GROUP) unsupported(errors, `${at}.apiGroup`, subject.apiGroup ?? '', [GROUP]);
        if (subject.namespace) forbidden(errors, `${at}.namespace`, 'may not be set for users and groups');
        break;
      default:
        unsupported(errors, `${at}.kind`, subject.kind, ['ServiceAccount', 'User', 'Group']);
    }
  }
}

/** A binding's role is fixed: changing it would silently change what people may do. */
export function validateBindingUpdate<Any extends RoleBinding | ClusterRoleBinding>(
  errors: Errors,
  binding: Any,
  old: Any,
): void {
  validateBinding(errors, binding);
  if (!deepEqual(binding.roleRef, old.roleRef)) invalid(errors, 'roleRef', binding.roleRef, 'cannot change roleRef');
}

import type { Namespace, Node } from '../generated/types.ts';
import { isCIDR } from '../names.ts';
import { deepEqual } from '../share.ts';
import { duplicate, type Errors, forbidden, invalid } from './field.ts';
import { validateAmount } from './resources.ts';
import { validateTaints } from './scheduling.ts';

/** Source: pkg/apis/core/validation/validation.go (ValidateNode) */
export function validateNode(errors: Errors, node: Node): void {
  validateTaints(errors, 'spec.taints', node.spec.taints);
  validateAmounts(errors, node);
  validateRanges(errors, node);
}

/** Source: pkg/apis/core/validation/validation.go (ValidateNodeUpdate) */
export function validateNodeUpdate(errors: Errors, node: Node, old: Node): void {
  if (node.status !== old.status) {
    const addresses = new Set<string>();
    for (const [index, address] of (node.status?.addresses ?? []).entries()) {
      const identity = `${address.type}/${address.address}`;
      if (addresses.has(identity)) duplicate(errors, `status.addresses[${index}]`, address);
      addresses.add(identity);
    }
    if (node.status?.capacity !== old.status?.capacity || node.status?.allocatable !== old.status?.allocatable)
      validateAmounts(errors, node);
  }
  if (node.spec === old.spec) return;
  const before = old.spec.podCIDRs ?? [];
  if (before.length > 0) {
    if (!deepEqual(node.spec.podCIDRs ?? [], before))
      forbidden(errors, 'spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid');
  } else validateRanges(errors, node);
  if (old.spec.providerID !== undefined && node.spec.providerID !== old.spec.providerID)
    forbidden(errors, 'spec.providerID', 'node updates may not change providerID except from "" to valid');
  if (node.spec.taints !== old.spec.taints) validateTaints(errors, 'spec.taints', node.spec.taints);
}

function validateAmounts(errors: Errors, node: Node): void {
  for (const list of ['capacity', 'allocatable'] as const) {
    const amounts = node.status?.[list];
    for (const name in amounts) validateAmount(errors, `status.${list}[${name}]`, name, amounts[name] as string);
  }
}

function validateRanges(errors: Errors, node: Node): void {
  for (const [index, range] of (node.spec.podCIDRs ?? []).entries())
    if (!isCIDR(range))
      invalid(
        errors,
        `spec.podCIDRs[${index}]`,
        range,
        'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      );
}

/** Source: pkg/apis/core/validation/validation.go (ValidateNamespace) */
export function validateNamespace(errors: Errors, namespace: Namespace): void {
  for (const finalizer of namespace.spec.finalizers ?? [])
    if (finalizer !== 'kubernetes' && !finalizer.includes('/'))
      invalid(
        errors,
        'spec.finalizers',
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      );
}

/** Source: pkg/apis/core/validation/validation.go (ValidateNamespaceStatusUpdate) */
export function validateNamespaceStatus(errors: Errors, { metadata, status }: Namespace): void {
  const isEnding = metadata.deletionTimestamp !== undefined;
  const phase = isEnding ? 'Terminating' : 'Active';
  if (status?.phase !== phase)
    invalid(
      errors,
      'status.Phase',
      status?.phase ?? '',
      `may only be '${phase}' if \`deletionTimestamp\` is ${isEnding ? 'not ' : ''}empty`,
    );
}

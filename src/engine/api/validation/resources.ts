import type { ResourceRequirements } from '../generated/types.ts';
import { checkQualifiedName } from '../names.ts';
import { compareQuantities, parseQuantity, quantityNanos } from '../quantity.ts';
import { complain, type Errors, forbidden, invalid, NEGATIVE, required } from './field.ts';

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Source: pkg/apis/core/validation/validation.go (ValidateContainerResourceRequirements) */
export function validateResources(errors: Errors, at: string, resources: ResourceRequirements | undefined): void {
  if (resources === undefined) return;
  const { limits, requests } = resources;
  for (const name in limits) {
    const field = `${at}.limits[${name}]`;
    validateContainerResource(errors, field, name, limits[name] as string);
  }
  for (const name in requests) {
    const request = requests[name] as string;
    const field = `${at}.requests[${name}]`;
    validateContainerResource(errors, field, name, request);
    const limit = limits?.[name];
    const isExact = isExtended(name) || isHugePages(name);
    if (limit !== undefined) {
      const difference = compareQuantities(request, limit);
      if (isExact && difference !== 0)
        invalid(errors, `${at}.requests`, request, `must be equal to ${name} limit of ${limit}`);
      else if (difference > 0)
        invalid(errors, `${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`);
    } else if (isExact) required(errors, `${at}.limits`, 'Limit must be set for non overcommitable resources');
  }
  const names = Object.keys({ ...limits, ...requests });
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    forbidden(errors, at, 'HugePages require cpu or memory');
}

const HUGE_PAGES = 'hugepages-';
const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES);

function validateContainerResource(errors: Errors, field: string, name: string, amount: string): void {
  if (!CONTAINER_RESOURCES.has(name)) {
    complain(errors, field, name, checkQualifiedName(name));
    if (!name.includes('/') && !isHugePages(name)) {
      invalid(errors, field, name, 'must be a standard resource type or fully qualified');
      invalid(errors, field, name, 'must be a standard resource for containers');
    }
  }
  validateAmount(errors, field, name, amount);
  if (isHugePages(name) && !isWholePages(amount, name.slice(HUGE_PAGES.length)))
    invalid(errors, field, amount, `${amount} is not positive integer multiple of ${name}`);
}

export function validateAmount(errors: Errors, field: string, name: string, amount: string): void {
  if (amount.startsWith('-')) invalid(errors, field, amount, NEGATIVE);
  if (isExtended(name) && quantityNanos(amount) % 1_000_000_000n !== 0n)
    invalid(errors, field, amount, 'must be an integer');
}

/** Source: pkg/apis/core/helper/helpers.go (IsHugePageResourceValueDivisible) */
function isWholePages(amount: string, size: string): boolean {
  const page = parseQuantity(size);
  if (typeof page === 'string' || page.nanos <= 0n || page.nanos % 1_000_000_000n !== 0n) return false;
  return quantityNanos(amount) % page.nanos === 0n;
}

/** `nvidia.com/gpu` and the like: whole pieces that cannot be overcommitted. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.startsWith('kubernetes.io/') && !name.startsWith('requests.');
}

import { extended, without as omit } from '../../api/share.ts';

/**
 * A set of field paths in the form the API shows it (FieldsV1): `f:name` a field, `k:{...}` an element of a keyed list,
 * `v:...` an element of a set, `.` the parent itself. A child without children is a member itself.
 * Source: sigs.k8s.io/structured-merge-diff/v6/fieldpath/{set,serialize}.go
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export const EMPTY_SET: FieldSet = Object.freeze({});
/** A child that is a member and has no children. */
export const MEMBER: FieldSet = EMPTY_SET;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Members of either set; gives `a` itself if `b` adds nothing. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  let result: Record<string, FieldSet> | undefined;
  for (const element in b) {
    const right = b[element] as FieldSet;
    const left = a[element];
    const merged = left === undefined ? right : unionOfChildren(left, right);
    if (merged === left) continue;
    result ??= extended(a, EMPTY_SET);
    result[element] = merged;
  }
  return result ?? a;
}

/** Members of `a` that are not in `b`; gives `a` itself if they have nothing in common. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let result: Record<string, FieldSet> | undefined;
  for (const element in b) {
    const left = a[element];
    if (left === undefined) continue;
    const rest = differenceOfChildren(left, b[element] as FieldSet);
    if (rest === left) continue;
    if (rest === undefined) result = omit(result ?? a, element);
    else {
      result ??= extended(a, EMPTY_SET);
      result[element] = rest;
    }
  }
  return result ?? a;
}

/** Members of both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  let result: Record<string, FieldSet> | undefined;
  for (const element in b) {
    const left = a[element];
    if (left === undefined) continue;
    const right = b[element] as FieldSet;
    const children = intersection(left, right);
    const member = isMember(left) && isMember(right);
    if (!member && isEmptySet(children)) continue;
    result ??= {};
    result[element] = member && !isEmptySet(children) ? withSelf(children) : children;
  }
  return result ?? EMPTY_SET;
}

/** Everything at or below a path taken out, whoever is a member on the way. */
export function without(set: FieldSet, path: readonly string[], depth = 0): FieldSet {
  const element = path[depth] as string;
  const child = set[element];
  if (child === undefined) return set;
  const rest = depth === path.length - 1 ? undefined : without(child, path, depth + 1);
  if (rest === child) return set;
  const result: Record<string, FieldSet> = { ...set };
  // An inner node that lost its last child was no member: it would have had a `.`.
  if (rest === undefined || isEmptySet(rest)) delete result[element];
  else result[element] = rest;
  return result;
}

/** The set with every ancestor of a member as a member, where the ancestor is a field (not a list element). */
export function withAncestors(set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const child = set[element] as FieldSet;
    if (element === '.' || isEmptySet(child)) result[element] = child;
    else {
      const inner = withAncestors(child);
      result[element] = element.startsWith('f:') || '.' in child ? withSelf(inner) : inner;
    }
  }
  return result;
}

/** Paths of all members, as people read them: `.spec.containers[name="a"].image`; sorted. */
export function pathsOf(set: FieldSet, prefix = '', into: string[] = []): string[] {
  for (const element of Object.keys(set).sort()) {
    if (element === '.') continue;
    const child = set[element] as FieldSet;
    const path = prefix + readable(element);
    if (isMember(child)) into.push(path);
    pathsOf(child, path, into);
  }
  return into;
}

export function isMember(child: FieldSet): boolean {
  return '.' in child || isEmptySet(child);
}

function unionOfChildren(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  if (isEmptySet(b)) return isMember(a) ? a : withSelf(a);
  if (isEmptySet(a)) return isMember(b) ? b : withSelf(b);
  return union(a, b);
}

function differenceOfChildren(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const memberBefore = isMember(a);
  const memberAfter = memberBefore && !isMember(b);
  const rest = difference(a, b);
  if (memberBefore === memberAfter) {
    if (rest === a) return a;
    if (!memberAfter) return isEmptySet(rest) ? undefined : rest;
    return isOnlySelf(rest) ? MEMBER : rest;
  }
  if ('.' in rest) {
    const { '.': _self, ...children } = rest;
    return isEmptySet(children) ? undefined : children;
  }
  return isEmptySet(rest) ? undefined : rest;
}

function isOnlySelf(set: FieldSet): boolean {
  for (const element in set) if (element !== '.') return false;
  return true;
}

function withSelf(children: FieldSet): FieldSet {
  return '.' in children ? children : { '.': MEMBER, ...children };
}

function readable(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('v:')) return `[=${text}]`;
  if (element.startsWith('i:')) return `[${text}]`;
  const keys = JSON.parse(text) as Record<string, unknown>;
  return `[${Object.keys(keys)
    .map((key) => `${key}=${JSON.stringify(keys[key])}`)
    .join(',')}]`;
}

import { deepEqual } from '../../api/share.ts';
import { isObject, type JsonObject } from './json.ts';

/**
 * JSON merge patch (RFC 7386): null removes a field, objects merge, everything else replaces. Whatever the patch does
 * not change keeps its identity; a patch without effect gives `target` itself.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return deepEqual(target, patch) ? target : patch;
  const before: JsonObject = isObject(target) ? target : {};
  let after: Record<string, unknown> | undefined;
  for (const field in patch) {
    const change = patch[field];
    const old = before[field];
    if (change === null) {
      if (old === undefined && !(field in before)) continue;
      after ??= { ...before };
      delete after[field];
      continue;
    }
    const value = applyMergePatch(old, change);
    if (value === old && old !== undefined) continue;
    after ??= { ...before };
    after[field] = value;
  }
  return after ?? (isObject(target) ? target : before);
}

import type { ContainerImage, Taint } from '../api/generated/types.ts';

type TextRecord = Readonly<Record<string, string>>;

/** Equality by content; unchanged parts of an object are nearly always the same reference. */
export function sameRecord(a: TextRecord | undefined, b: TextRecord | undefined): boolean {
  if (a === b) return true;
  let left = 0;
  for (const key in a) {
    if (b?.[key] !== a[key]) return false;
    left++;
  }
  for (const _ in b) left--;
  return left === 0;
}

export function sameTaints(a: readonly Taint[] | undefined, b: readonly Taint[] | undefined): boolean {
  if (a === b) return true;
  if ((a?.length ?? 0) !== (b?.length ?? 0)) return false;
  return (a ?? []).every(({ key, value, effect }, i) => {
    const other = b![i]!;
    return other.key === key && other.value === value && other.effect === effect;
  });
}

export function sameImages(
  a: readonly ContainerImage[] | undefined,
  b: readonly ContainerImage[] | undefined,
): boolean {
  if (a === b) return true;
  if ((a?.length ?? 0) !== (b?.length ?? 0)) return false;
  return (a ?? []).every(({ names, sizeBytes }, i) => {
    const other = b![i]!;
    return other.sizeBytes === sizeBytes && (other.names ?? []).join() === (names ?? []).join();
  });
}

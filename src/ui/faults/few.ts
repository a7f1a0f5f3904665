/** What of a long list is shown at a time; the rest is found by a part of its name. */
export const FEW = 12;

/** The first of the names that have `asked` in them, and whatever is chosen, in their order; and how many more match. */
export function few(
  names: readonly string[],
  chosen: readonly string[],
  asked: string,
  most = FEW,
): { readonly shown: readonly string[]; readonly more: number } {
  const wanted = asked.trim().toLowerCase();
  const shown: string[] = [];
  let [matching, taken] = [0, 0];
  for (const name of names) {
    const matches = name.toLowerCase().includes(wanted);
    if (matches) matching++;
    if (matches && taken < most) {
      taken++;
      shown.push(name);
    } else if (chosen.includes(name)) {
      shown.push(name);
      if (matches) taken++;
    }
  }
  return { shown, more: matching - taken };
}

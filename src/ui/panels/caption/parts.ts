import { splitKey } from '../../store/keys.ts';

export interface Part {
  readonly text: string;
  /** Set when the text is the name of this object. */
  readonly key?: string;
}

/** Cuts a sentence at the names of the objects that it is about, longest names first. */
export function parts(text: string, objects: readonly string[]): readonly Part[] {
  const names = objects
    .map((key) => ({ key, name: splitKey(key).name }))
    .filter(({ name }) => name !== '')
    .sort((a, b) => b.name.length - a.name.length);
  let cut: readonly Part[] = [{ text }];
  for (const { key, name } of names) {
    cut = cut.flatMap((part) => (part.key === undefined ? cutAt(part.text, name, key) : [part]));
  }
  return cut;
}

function cutAt(text: string, name: string, key: string): readonly Part[] {
  const found: Part[] = [];
  let from = 0;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    if (!isWhole(text, at, name.length)) continue;
    if (at > from) found.push({ text: text.slice(from, at) });
    found.push({ text: name, key });
    from = at + name.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** `web` is not a name inside `web-7c9f5`. */
function isWhole(text: string, at: number, length: number): boolean {
  const isNamePart = (char: string | undefined): boolean => char !== undefined && /[a-z0-9-]/.test(char);
  return !isNamePart(text[at - 1]) && !isNamePart(text[at + length]);
}

import type { Caption } from '../../../engine/door.ts';
import { splitKey } from '../../store/keys.ts';

/** Captions further apart than this, in virtual time, are no burst. */
const BURST_MS = 1500;
/** More is not counted. */
const MOST = 60;

/** How many of the newest captions say the same of different things: four kube-proxies that write the same rules. */
export function repeats(captions: readonly Caption[], nodes: readonly string[]): number {
  const newest = captions.at(-1);
  if (newest === undefined) return 0;
  const said = pattern(newest, nodes);
  let count = 1;
  for (let i = captions.length - 2; i >= 0 && count < MOST; i -= 1) {
    const earlier = captions[i]!;
    if (newest.at - earlier.at > BURST_MS) break;
    if (earlier.component !== newest.component || pattern(earlier, nodes) !== said) break;
    count += 1;
  }
  return count;
}

/** The sentence without the names in it. */
function pattern({ text, objects }: Caption, nodes: readonly string[]): string {
  const names = [...objects.map((key) => splitKey(key).name), ...nodes].sort((a, b) => b.length - a.length);
  return names.reduce((rest, name) => (name === '' ? rest : rest.replaceAll(name, '*')), text);
}

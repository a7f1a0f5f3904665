import type { ActiveFault } from '../../engine/door.ts';
import { isBetween, LINK_FAULTS, linkOf } from '../faults/sides.ts';
import { componentOf, hostOf } from '../store/keys.ts';
import { type Path, type Point, pathOf, pointAt, type Rect, right } from './geometry.ts';
import type { Edge, Layout } from './layout.ts';
import { isBetweenMembers, partOf, partsOf } from './parts.ts';

/** A broken line, over the line itself. */
export interface BrokenLine {
  readonly edge: Edge;
  readonly fault: ActiveFault;
}

/** Where faults are shown, and healed: on a line or at the corner of a part. */
export interface Badge {
  readonly id: string;
  readonly at: Point;
  readonly faults: readonly ActiveFault[];
  readonly isOnLine: boolean;
}

/** Which part a fault is about, when it is about one. */
const AGENT: Readonly<Record<string, string>> = {
  'kubelet-stop': 'kubelet',
  'runtime-stop': 'containerd',
  'kube-proxy-stop': 'kube-proxy',
};

/** The lines that faults are on, and a badge for each: one per fault and machine. */
export function brokenLines(
  layout: Layout,
  faults: readonly ActiveFault[],
  addresses: readonly string[],
): { readonly lines: readonly BrokenLine[]; readonly badges: readonly Badge[] } {
  const lines: BrokenLine[] = [];
  const badges: Badge[] = [];
  const seen = new Set<string>();
  for (const edge of layout.edges) {
    // The members of etcd stand side by side: their connections are drawn only when something is wrong with them.
    const isShown = edge.isHidden !== true || isBetweenMembers(edge);
    const link = isShown ? linkOf(edge, addresses) : undefined;
    if (link === undefined) continue;
    const broken = faults.filter((fault) => isBetween(fault, link));
    for (const fault of broken) lines.push({ edge, fault });
    const fresh = broken.filter(({ id }) => !seen.has(`${id} ${hostOf(edge.from)}`));
    if (fresh.length === 0) continue;
    for (const { id } of fresh) seen.add(`${id} ${hostOf(edge.from)}`);
    badges.push({ id: edge.id, at: middleOf(pathOf(edge.points)), faults: fresh, isOnLine: true });
  }
  return { lines, badges };
}

const middleOf = (path: Path): Point => pointAt(path, 0.5);

/** Badges of the faults that are on a part and not on a line. */
export function partBadges(layout: Layout, faults: readonly ActiveFault[]): readonly Badge[] {
  const byPart = new Map<string, ActiveFault[]>();
  for (const active of faults) {
    const part = partOfFault(active);
    if (part === undefined) continue;
    const known = byPart.get(part);
    if (known) known.push(active);
    else byPart.set(part, [active]);
  }
  if (byPart.size === 0) return [];
  const rects = new Map<string, Rect>(partsOf(layout).map(({ id, rect }) => [id, rect]));
  return [...byPart].flatMap(([part, found]) => {
    const rect = rects.get(part) ?? rects.get(`node/${hostOf(part)}`);
    if (rect === undefined) return [];
    return [{ id: part, at: { x: right(rect) - 4, y: rect.y + 3 }, faults: found, isOnLine: false }];
  });
}

function partOfFault({ fault }: ActiveFault): string | undefined {
  const [target] = [fault.target ?? []].flat();
  if (target === undefined || target.includes('/') || LINK_FAULTS.includes(fault.kind)) return undefined;
  if (fault.kind === 'image-pull-error') return undefined;
  const agent = AGENT[fault.kind];
  if (agent !== undefined) return `${agent}@${target}`;
  return componentOf(target) === target ? `node/${target}` : partOf(target);
}

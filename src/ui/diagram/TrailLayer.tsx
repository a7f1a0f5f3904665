import { memo, useMemo } from 'react';
import { useStore } from 'zustand';
import { hueOf } from '../shared/hues.ts';
import { componentOf, hostOf } from '../store/keys.ts';
import { type Hop, trail } from '../store/trail.ts';
import { svgPath } from './geometry.ts';
import { KUBECTL_WIDTH, type Layout } from './layout.ts';
import { partOf, partsOf } from './parts.ts';
import { Routes } from './routes.ts';
import styles from './TrailLayer.module.css';

/** What a panel points out: the lines that messages took, and the parts at their ends. */
export const TrailLayer = memo(function TrailLayer({ layout }: { readonly layout: Layout }) {
  const hops = useStore(trail, (state) => state.hops);
  const routes = useMemo(() => new Routes(layout), [layout]);
  const places = useMemo(() => new Map(partsOf(layout).map(({ id, rect }) => [id, rect])), [layout]);
  if (hops.length === 0) return null;
  const ends = hops.flatMap((hop) => (isDeed(hop) ? [hop.to] : [hop.from, hop.to]));
  const parts = new Map(ends.map((end) => [placeOf(end, places), end]));
  const lines = new Map(
    hops
      .filter((hop) => !isDeed(hop))
      .map(({ from, to }) => [`${from} ${to}`, { from, path: routes.between(from, to) }]),
  );
  return (
    <svg
      className={styles.layer}
      width={layout.width}
      height={layout.height}
      aria-hidden="true"
      data-trail={hops.length}
    >
      {[...lines].map(
        ([id, { from, path }]) =>
          path && (
            <path
              key={id}
              d={svgPath(path.points)}
              className={styles.line}
              style={{ '--hue': hueOf(componentOf(from)) }}
            />
          ),
      )}
      {[...parts].map(([id, end]) => {
        const rect = places.get(id);
        const isPill = id === 'kubectl';
        return (
          rect && (
            <rect
              key={id}
              x={rect.x - 3}
              y={rect.y - 3}
              width={(isPill ? KUBECTL_WIDTH + 5 : rect.width) + 6}
              height={rect.height + 6}
              rx={isPill ? rect.height / 2 + 3 : 8}
              className={styles.part}
              style={{ '--hue': hueOf(componentOf(end)) }}
            />
          )
        );
      })}
    </svg>
  );
});

/** What is done to a part itself, a fault or its end, has not travelled. */
const isDeed = ({ from, to }: Hop): boolean => componentOf(from) === 'user' && partOf(to) !== 'kubectl';

/** The part that stands for an address; a node's own when the address is not drawn by itself. */
function placeOf(address: string, places: ReadonlyMap<string, unknown>): string {
  const part = partOf(address);
  if (places.has(part)) return part;
  return places.has(componentOf(address)) ? componentOf(address) : `node/${hostOf(address)}`;
}

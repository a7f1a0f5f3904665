import { type MouseEvent, memo, useEffect, useRef } from 'react';
import type { Pod as PodObject } from '../../../engine/api/generated/types.ts';
import { mirror } from '../../store/mirror.ts';
import { useMirror, usePreferences } from '../../store/selectors.ts';
import { selectObject } from '../../store/view.ts';
import type { Rect } from '../geometry.ts';
import { useLod } from '../lod.ts';
import { TEXT } from '../messages.ts';
import type { Seats } from '../node-slots.ts';
import { isNotHeardOf } from '../node-status.ts';
import { podLabel, podState } from '../pod-status.ts';
import { drawDots } from './draw-dots.ts';
import { Pod } from './Pod.tsx';
import styles from './Pods.module.css';

interface PodsProps {
  readonly node: string;
  readonly seats: Seats;
  /** The card that they are on. */
  readonly origin: Rect;
}

/** A node's pods: chips with names, icons, dots or one tile, as there is room and as zoom allows. */
export function Pods({ node, seats, origin }: PodsProps) {
  const lod = useLod();
  const { mode } = seats.grid;
  if (seats.area.height === 0 || seats.slots.length === 0) return null;
  if (mode === 'density' || lod === 'far') return <Density node={node} seats={seats} origin={origin} />;
  if (mode === 'dots') return <Dots node={node} seats={seats} origin={origin} />;
  return <Chips seats={seats} origin={origin} />;
}

const CHIP_SIZE = 34;

const Chips = memo(function Chips({ seats: { area, slots, grid }, origin }: Omit<PodsProps, 'node'>) {
  const isChip = grid.mode === 'chips';
  return slots.map((key, slot) => {
    if (key === undefined) return null;
    const x = area.x - origin.x + (slot % grid.columns) * grid.cell.width;
    const y = area.y - origin.y + Math.floor(slot / grid.columns) * grid.cell.height;
    const size = isChip ? CHIP_SIZE : grid.cell.height - 4;
    return (
      <Pod key={key} podKey={key} x={x} y={y} width={isChip ? grid.cell.width : size} withName={isChip} size={size} />
    );
  });
});

/** Sharp when zoomed in a little, and no larger than needed. */
const SCALE = 2;

/** Many pods: one canvas, redrawn at most once per frame when one of them changes. */
function Dots({ node, seats, origin }: PodsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = usePreferences((state) => state.theme);
  const isLost = useMirror(`object:Node//${node}`, () => isNotHeardOf(node));
  const { area, slots, grid } = seats;
  useEffect(() => {
    // A theme changes the colours that are read from the page.
    void theme;
    let frame = 0;
    const draw = (): void => {
      frame = 0;
      if (canvas.current !== null) drawDots(canvas.current, { slots, grid, isLost }, SCALE);
    };
    const schedule = (): void => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    schedule();
    const stop = mirror.subscribe(`node-pod-status:${node}`, schedule);
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [node, slots, grid, theme, isLost]);

  const keyAt = (event: MouseEvent<HTMLCanvasElement>): string | undefined => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - bounds.left) / bounds.width) * area.width;
    const y = ((event.clientY - bounds.top) / bounds.height) * area.height;
    const column = Math.floor(x / grid.cell.width);
    return column < grid.columns ? slots[Math.floor(y / grid.cell.height) * grid.columns + column] : undefined;
  };
  const onClick = (event: MouseEvent<HTMLCanvasElement>): void => {
    const key = keyAt(event);
    if (key === undefined) return;
    event.stopPropagation();
    selectObject(key);
  };
  const onMouseMove = (event: MouseEvent<HTMLCanvasElement>): void => {
    const key = keyAt(event);
    const pod = key === undefined ? undefined : mirror.object<PodObject>(key);
    event.currentTarget.title = pod === undefined ? '' : podLabel(pod, isLost);
  };

  return (
    <>
      <canvas
        ref={canvas}
        className={styles.dots}
        width={area.width * SCALE}
        height={area.height * SCALE}
        style={{ left: area.x - origin.x, top: area.y - origin.y, width: area.width, height: area.height }}
        onClick={onClick}
        onMouseMove={onMouseMove}
      />
      <Summary node={node} slots={slots} />
    </>
  );
}

/** The same in words, for those who do not see the dots. */
function Summary({ node, slots }: { readonly node: string; readonly slots: Seats['slots'] }) {
  const text = useMirror(`node-pod-status:${node}`, () => summaryOf(slots));
  return <span className="visually-hidden">{text}</span>;
}

function summaryOf(slots: Seats['slots']): string {
  const counts = countLooks(slots);
  return [...counts].map(([look, count]) => `${count} ${look}`).join(', ');
}

function countLooks(slots: Seats['slots']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of slots) {
    const pod = key === undefined ? undefined : mirror.object<PodObject>(key);
    if (pod === undefined) continue;
    const { look } = podState(pod);
    counts.set(look, (counts.get(look) ?? 0) + 1);
  }
  return counts;
}

const GROUPS = [
  ['running', ['running']],
  ['starting', ['pending', 'pulling', 'starting', 'not-ready']],
  ['failing', ['crash-loop', 'failed', 'unknown']],
  ['leaving', ['terminating', 'succeeded']],
] as const;

/** One tile: how many, and which share of them is well. */
function Density({ node, seats: { area, slots }, origin }: PodsProps) {
  const text = useMirror(`node-pod-status:${node}`, () => summaryOf(slots));
  const counts = countLooks(slots);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const style = { left: area.x - origin.x, top: area.y - origin.y, width: area.width, height: area.height };
  return (
    <div className={styles.density} style={style} title={text}>
      <b>{total}</b>
      <span className={styles.bar}>
        {GROUPS.map(([group, looks]) => {
          const count = looks.reduce((sum, look) => sum + (counts.get(look) ?? 0), 0);
          return count === 0 ? null : <s key={group} className={styles[group]} style={{ flex: count }} />;
        })}
      </span>
      <span className="visually-hidden">
        {TEXT.pods(total)}: {text}
      </span>
    </div>
  );
}

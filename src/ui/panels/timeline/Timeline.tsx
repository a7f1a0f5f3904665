import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import type { MessageView } from '../../../engine/door.ts';
import { Hue } from '../../shared/Hue.tsx';
import { clockText } from '../../shared/time.ts';
import { useComparison } from '../../store/selectors.ts';
import { selectMessage } from '../../store/view.ts';
import { HEIGHT } from './draw.ts';
import { LANES } from './lanes.ts';
import { TEXT } from './messages.ts';
import { Painter, type Shown } from './painter.ts';
import { Scrubber } from './Scrubber.tsx';
import styles from './Timeline.module.css';

/** One lane per component, marks for acts and faults, the present at the right; a strip of its own height. */
export function Timeline() {
  // Two diagrams need the room of the lanes.
  const isComparing = useComparison((state) => state.what !== null);
  return (
    <section aria-label={TEXT.timeline} className={styles.panel}>
      {!isComparing && <Lanes />}
      <Scrubber />
    </section>
  );
}

function Lanes() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const hues = useRef<HTMLUListElement>(null);
  const painter = useRef<Painter>(undefined);
  const [pointed, setPointed] = useState<Shown>();
  const [spoken, setSpoken] = useState<MessageView>();
  const option = useId();
  useEffect(() => {
    if (canvas.current === null || hues.current === null) return;
    const made = new Painter(canvas.current, hues.current);
    painter.current = made;
    const stop = made.start();
    return () => {
      stop();
      painter.current = undefined;
    };
  }, []);

  const point = (shown: Shown | undefined): void => {
    painter.current?.point(shown?.message.id);
    setPointed(shown);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    point(painter.current?.at(event.clientX - box.left, event.clientY - box.top));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && spoken !== undefined) selectMessage(spoken.id);
    const next = neighbour(painter.current?.visible() ?? [], spoken, event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setSpoken(next);
    point(painter.current?.shown(next.id));
  };

  return (
    <div className={styles.timeline}>
      <ul className={styles.lanes} ref={hues} style={{ height: HEIGHT }} aria-hidden="true">
        {LANES.map(({ id, component }) => (
          <li key={id}>
            <Hue component={component} />
            {TEXT.lanes[id]}
          </li>
        ))}
      </ul>
      <div
        className={styles.strip}
        role="listbox"
        aria-label={TEXT.help}
        aria-activedescendant={spoken === undefined ? undefined : option}
        tabIndex={0}
        onPointerMove={onPointerMove}
        onPointerLeave={() => point(undefined)}
        onClick={() => pointed !== undefined && selectMessage(pointed.message.id)}
        onKeyDown={onKeyDown}
        onBlur={() => point(undefined)}
      >
        <canvas
          ref={canvas}
          className={pointed === undefined ? styles.canvas : `${styles.canvas} ${styles.points}`}
          style={{ height: HEIGHT }}
        />
        {spoken !== undefined && (
          <div role="option" id={option} aria-selected="true" tabIndex={-1} className="visually-hidden">
            {TEXT.spoken(spoken.label, spoken.from, spoken.to, clockText(spoken.sentAt))}
          </div>
        )}
        {pointed !== undefined && <Tip shown={pointed} />}
      </div>
    </div>
  );
}

function Tip({ shown: { message, x, width } }: { readonly shown: Shown }) {
  return (
    <div className={styles.tip} style={x < width / 2 ? { left: x } : { right: width - x }}>
      <b>{message.label}</b>
      <span>
        {message.from} → {message.to}
      </span>
      <small>{clockText(message.sentAt)}</small>
    </div>
  );
}

/** The message that a key leads to: earlier or later in the same lane, or the nearest of another lane. */
function neighbour(visible: readonly Shown[], from: MessageView | undefined, key: string): MessageView | undefined {
  if (!['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key)) return undefined;
  const here = visible.find(({ message }) => message.id === from?.id);
  if (here === undefined || key === 'End') return visible.at(-1)?.message;
  if (key === 'Home') return visible[0]?.message;
  const lane = visible.filter((shown) => shown.lane === here.lane);
  const index = lane.indexOf(here);
  if (key === 'ArrowLeft') return lane[index - 1]?.message;
  if (key === 'ArrowRight') return lane[index + 1]?.message;
  const step = key === 'ArrowUp' ? -1 : 1;
  for (let to = here.lane + step; to >= 0 && to < LANES.length; to += step) {
    const there = visible.filter((shown) => shown.lane === to);
    if (there.length === 0) continue;
    return there.reduce((best, shown) => (Math.abs(shown.x - here.x) < Math.abs(best.x - here.x) ? shown : best))
      .message;
  }
  return undefined;
}

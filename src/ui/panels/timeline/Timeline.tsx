import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import { Hue } from '../../shared/Hue.tsx';
import { clockText } from '../../shared/time.ts';
import { useComparison } from '../../store/selectors.ts';
import { selectMessage } from '../../store/view.ts';
import { HEIGHT, MARKS_LANE } from './draw.ts';
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
  const [spoken, setSpoken] = useState<Shown>();
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
    painter.current?.point(shown?.id);
    setPointed(shown);
  };
  const choose = (shown: Shown): void => {
    // The details take room, and what is pointed out would not stand where it stood.
    point(undefined);
    open(shown);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    point(painter.current?.at(event.clientX - box.left, event.clientY - box.top));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && spoken !== undefined) choose(spoken);
    const next = neighbour(painter.current?.visible() ?? [], spoken, event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setSpoken(next);
    point(next);
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
        onClick={() => pointed !== undefined && choose(pointed)}
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
            {spokenText(spoken)}
          </div>
        )}
        {pointed !== undefined && <Tip shown={pointed} />}
      </div>
    </div>
  );
}

/** A mark stands for the message that the act, the fault or its end began with. */
function open({ message, mark }: Shown): void {
  const id = message?.id ?? mark?.messageId;
  if (id !== undefined) selectMessage(id);
}

function spokenText({ message, mark }: Shown): string {
  if (mark !== undefined) return TEXT.spokenMark(mark.text, clockText(mark.at));
  return message === undefined ? '' : TEXT.spoken(message.label, message.from, message.to, clockText(message.sentAt));
}

function Tip({ shown: { message, mark, x, width } }: { readonly shown: Shown }) {
  return (
    <div className={styles.tip} style={x < width / 2 ? { left: x } : { right: width - x }}>
      <b>{mark?.text ?? message?.label}</b>
      {message !== undefined && (
        <span>
          {message.from} → {message.to}
        </span>
      )}
      {mark?.messageId !== undefined && <span>{TEXT.markHint}</span>}
      <small>{clockText(mark?.at ?? message?.sentAt ?? 0)}</small>
    </div>
  );
}

/** What a key leads to: the earlier or later one in the same lane, or the nearest of another lane. */
function neighbour(visible: readonly Shown[], from: Shown | undefined, key: string): Shown | undefined {
  if (!['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key)) return undefined;
  const here = visible.find(({ id }) => id === from?.id);
  if (here === undefined || key === 'End') return visible.at(-1);
  if (key === 'Home') return visible[0];
  const lane = visible.filter((shown) => shown.lane === here.lane);
  const index = lane.indexOf(here);
  if (key === 'ArrowLeft') return lane[index - 1];
  if (key === 'ArrowRight') return lane[index + 1];
  const step = key === 'ArrowUp' ? -1 : 1;
  for (let to = here.lane + step; to >= 0 && to <= MARKS_LANE; to += step) {
    const there = visible.filter((shown) => shown.lane === to);
    if (there.length === 0) continue;
    return there.reduce((best, shown) => (Math.abs(shown.x - here.x) < Math.abs(best.x - here.x) ? shown : best));
  }
  return undefined;
}

import { type CSSProperties, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Span } from '../../../engine/door.ts';
import { Button } from '../../shared/Button.tsx';
import { Hue } from '../../shared/Hue.tsx';
import { componentName, hueOf } from '../../shared/hues.ts';
import { componentOf } from '../../store/keys.ts';
import { pointOut } from '../../store/trail.ts';
import { selectMessage } from '../../store/view.ts';
import { visibleRows } from '../messages/filter.ts';
import { TEXT } from './messages.ts';
import { lengthText, panned, type Range, type Row, rangeOf, zoomed } from './rows.ts';
import styles from './Trace.module.css';

const ROW_HEIGHT = 22;
/** Deeper rows are not moved in any further. */
const DEEPEST = 14;
const ZOOM = 2;
const PAN = 0.25;
const TICKS = [0, 0.25, 0.5, 0.75];

/** Rows of bars over one axis of time; only those that can be seen are made. */
export function Waterfall({ rows }: { readonly rows: readonly Row[] }) {
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const whole = rangeOf(rows);
  // All of it, also when it grows, until a part is chosen.
  const [part, setPart] = useState<Range>();
  const range = part ?? whole;
  const [at, setAt] = useState(-1);
  const [scroll, setScroll] = useState({ top: 0, height: 240 });
  const [first, last] = visibleRows(rows.length, scroll.top, scroll.height, ROW_HEIGHT);
  const measure = (): void => {
    const box = list.current;
    if (box !== null) setScroll({ top: box.scrollTop, height: box.clientHeight });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows have another height.
  useEffect(() => {
    measure();
    return () => pointOut();
  }, [rows]);
  const current = rows[at]?.span;
  const zoom = (factor: number): void => {
    const middle = current === undefined ? undefined : (current.start + current.end) / 2;
    setPart(zoomed(range, factor, whole, middle));
  };
  const go = (to: number): void => {
    const next = rows[to]?.span;
    const box = list.current;
    if (next === undefined || box === null) return;
    setAt(to);
    pointOut(hopOf(next));
    const top = to * ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(Math.max(0, at - 1)),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      Enter: () => current && selectMessage(current.messageId),
      '+': () => zoom(1 / ZOOM),
      '=': () => zoom(1 / ZOOM),
      '-': () => zoom(ZOOM),
      '0': () => setPart(undefined),
      ArrowLeft: () => setPart(panned(range, -PAN, whole)),
      ArrowRight: () => setPart(panned(range, PAN, whole)),
    };
    const act = acts[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <div className={styles.waterfall}>
      <div className={styles.axis}>
        <span>
          <Button small look="plain" icon="plus" label={TEXT.zoomIn} onClick={() => zoom(1 / ZOOM)} />
          <Button small look="plain" icon="minus" label={TEXT.zoomOut} onClick={() => zoom(ZOOM)} />
          <Button small look="plain" icon="fit" label={TEXT.fit} onClick={() => setPart(undefined)} />
        </span>
        <span className={styles.ticks} aria-hidden="true">
          {TICKS.map((share) => (
            <span key={share} style={{ left: `${share * 100}%` }}>
              {tickText(range.from + share * (range.to - range.from) - whole.from, range)}
            </span>
          ))}
        </span>
      </div>
      <div
        ref={list}
        role="listbox"
        tabIndex={0}
        aria-label={TEXT.help}
        aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
        className={styles.rows}
        onScroll={measure}
        onKeyDown={onKeyDown}
        onPointerLeave={() => pointOut()}
        onBlur={() => pointOut()}
      >
        <div className={styles.inner} style={{ height: rows.length * ROW_HEIGHT }}>
          {rows.slice(first, last).map((row, i) => (
            <Line
              key={row.span.id}
              id={`${id}-${first + i}`}
              row={row}
              place={first + i}
              count={rows.length}
              range={range}
              isSelected={first + i === at}
              onSelect={() => {
                setAt(first + i);
                selectMessage(row.span.messageId);
              }}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface LineProps {
  readonly id: string;
  readonly row: Row;
  readonly place: number;
  readonly count: number;
  readonly range: Range;
  readonly isSelected: boolean;
  onSelect(): void;
}

function Line({ id, row: { span, depth }, place, count, range, isSelected, onSelect }: LineProps) {
  const component = componentOf(span.service);
  const length = range.to - range.from;
  const [start, end] = [(span.start - range.from) / length, (span.end - range.from) / length];
  const [left, right] = [Math.max(0, start), Math.min(1, end)];
  const isVisible = left <= 1 && right >= 0;
  const duration = lengthText(span.end - span.start);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys.
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isSelected}
      aria-posinset={place + 1}
      aria-setsize={count}
      className={span.onPath ? `${styles.row} ${styles.path}` : styles.row}
      style={{ top: place * ROW_HEIGHT, height: ROW_HEIGHT }}
      onClick={onSelect}
      onPointerEnter={() => pointOut(hopOf(span))}
    >
      <span className={styles.name} style={{ paddingLeft: Math.min(depth, DEEPEST) * 8 }}>
        <Hue component={component} />
        <span className={styles.who}>{span.actor ?? componentName(component)}</span>
        <span className={styles.what}>{span.name}</span>
        <span className="visually-hidden">
          , {TEXT.kinds[span.kind]}, {TEXT.took(duration)}
        </span>
      </span>
      <span className={styles.lane} aria-hidden="true">
        {isVisible && (
          <span
            className={[styles.piece, styles[span.kind], span.failed && styles.failed].filter(Boolean).join(' ')}
            style={
              {
                left: `${left * 100}%`,
                width: `${Math.max(0, right - left) * 100}%`,
                '--hue': hueOf(component),
              } as CSSProperties
            }
          />
        )}
        {isVisible && (
          <span
            className={styles.duration}
            style={right < 0.8 ? { left: `${right * 100}%` } : { right: `${(1 - left) * 100}%` }}
          >
            {duration}
          </span>
        )}
      </span>
    </div>
  );
}

/** A span is of one process. */
const hopOf = ({ service }: Span): readonly { from: string; to: string }[] => [{ from: service, to: service }];

function tickText(ms: number, { from, to }: Range): string {
  return to - from < 4 ? `${ms.toFixed(2)} ms` : lengthText(ms);
}

import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { HealthLine } from '../../../engine/door.ts';
import { Icon, type IconName } from '../../shared/icons.tsx';
import { durationText } from '../../shared/time.ts';
import { useOutside } from '../../shared/use-outside.ts';
import { mirror } from '../../store/mirror.ts';
import { useHealth, useNow } from '../../store/selectors.ts';
import styles from './Health.module.css';
import { TEXT } from './messages.ts';
import { newsOf, summaryOf } from './summary.ts';

const ICONS: Readonly<Record<HealthLine['state'], IconName>> = {
  works: 'check',
  degraded: 'warning',
  stopped: 'cross',
};

/** A button that says whether everything works, and what does not below it. Quiet while all is well. */
export function Health() {
  const lines = useHealth();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  useOutside(root, isOpen, () => setOpen(false));
  if (lines.length === 0) return null;
  const { state, text } = summaryOf(lines);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !isOpen) return;
    event.stopPropagation();
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape is heard from everything inside.
    <div className={styles.root} ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        className={`${styles.button} ${styles[state]}`}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={`${TEXT.title}: ${text}`}
        title={TEXT.title}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={ICONS[state]} size={14} />
        <span className={styles.text}>{text}</span>
      </button>
      {isOpen && (
        <section id={id} className={styles.panel} aria-label={TEXT.title}>
          <h2 className={styles.title}>{TEXT.title}</h2>
          <Lines lines={lines} />
          <p className={styles.note}>{TEXT.note}</p>
        </section>
      )}
      <News lines={lines} />
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly HealthLine[] }) {
  const now = useNow(1000);
  return (
    <ul className={styles.list}>
      {lines.map(({ id, title, state, text, lastAt }) => (
        <li key={id} className={styles.line}>
          <span className={`${styles.mark} ${styles[state]}`}>
            <Icon name={ICONS[state]} size={14} />
            <span className="visually-hidden">{TEXT.states[state]}</span>
          </span>
          <b className={styles.name}>{title}</b>
          <span className={styles.sentence}>
            {text} {lastAt !== undefined && TEXT.last(durationText(Math.max(1000, now - lastAt)))}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Tells changes to those who do not see the button. Another run is no change. */
function News({ lines }: { readonly lines: readonly HealthLine[] }) {
  const [news, setNews] = useState('');
  const told = useRef({ lines, epoch: mirror.epoch });
  useEffect(() => {
    const { lines: before, epoch } = told.current;
    told.current = { lines, epoch: mirror.epoch };
    const text = epoch === mirror.epoch ? newsOf(before, lines) : '';
    if (text !== '') setNews(text);
  }, [lines]);
  return (
    <p className="visually-hidden" aria-live="polite">
      {news}
    </p>
  );
}

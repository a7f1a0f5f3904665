import { useEffect, useRef, useState } from 'react';
import { Button } from '../shared/Button.tsx';
import { useOutside } from '../shared/use-outside.ts';
import faultStyles from './FaultLayer.module.css';
import styles from './Legend.module.css';
import { TEXT } from './messages.ts';
import { PodGlyph } from './nodes/PodGlyph.tsx';
import type { PodLook } from './pod-status.ts';

const TRAFFIC = [
  ['request', <circle key="s" cx="8" cy="8" r="4.5" fill="currentColor" />],
  ['response', <circle key="s" cx="8" cy="8" r="3.7" fill="none" stroke="currentColor" strokeWidth="1.8" />],
  ['watch', <path key="s" d="M8 2.5 13.5 8 8 13.5 2.5 8z" fill="currentColor" />],
  ['etcd', <path key="s" d="M3.8 3.8h8.4v8.4H3.8z" fill="currentColor" />],
  ['failed', <path key="s" d="m4 4 8 8m0-8-8 8" stroke="var(--bad)" strokeWidth="2.4" />],
] as const;

const WIRES = ['partition', 'link-latency', 'message-drop'] as const;

/** What the shapes mean: a button, and the list that it opens. */
export function Legend() {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useOutside(root, isOpen, () => setOpen(false));
  useEffect(() => {
    if (!isOpen) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [isOpen]);
  return (
    <div ref={root}>
      <Button
        look="plain"
        small
        icon="info"
        label={TEXT.legend}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      />
      {isOpen && (
        <section className={styles.legend} aria-label={TEXT.legend}>
          <ul className={styles.list}>
            {(Object.keys(TEXT.looks) as PodLook[]).map((look) => (
              <li key={look} className={styles.entry}>
                <PodGlyph look={look} size={22} />
                {TEXT.looks[look]}
              </li>
            ))}
          </ul>
          <ul className={styles.list}>
            {TRAFFIC.map(([kind, shape]) => (
              <li key={kind} className={styles.entry}>
                <svg className={styles.shape} width="22" height="16" viewBox="-3 0 22 16" aria-hidden="true">
                  {shape}
                </svg>
                {TEXT.traffic[kind]}
              </li>
            ))}
            {WIRES.map((kind) => (
              <li key={kind} className={styles.entry}>
                <svg className={styles.shape} width="22" height="16" viewBox="0 0 22 16" aria-hidden="true">
                  <path d="M0 8h22" className={`${faultStyles.line} ${faultStyles[kind]}`} />
                </svg>
                {TEXT.wires[kind]}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

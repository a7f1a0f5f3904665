import type { ReactNode } from 'react';
import { hueOf } from '../../shared/hues.ts';
import { useIsLit } from '../activity.ts';
import { Part } from '../Part.tsx';
import styles from './Card.module.css';

interface CardProps {
  readonly part: string;
  readonly component: string;
  readonly title: string;
  /** Beside the title, small: what it is doing or whether it leads. */
  readonly note?: ReactNode;
  readonly label: string;
  readonly down?: boolean;
  readonly children?: ReactNode;
}

/** A control-plane component: its hue on top, lit while messages come and go. */
export function Card({ part, component, title, note, label, down = false, children }: CardProps) {
  const isLit = useIsLit(part);
  const classes = [styles.card, isLit && styles.lit, down && styles.down];
  return (
    <Part id={part} label={label} className={classes.filter(Boolean).join(' ')} style={{ '--hue': hueOf(component) }}>
      <span className={styles.head}>
        <i className={styles.square} />
        <b className={styles.title}>{title}</b>
        <span className={styles.note}>{note}</span>
      </span>
      <span className={styles.body}>{children}</span>
    </Part>
  );
}

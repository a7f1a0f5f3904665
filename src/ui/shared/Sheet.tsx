import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import styles from './Sheet.module.css';

interface SheetProps {
  readonly title: string;
  readonly closeLabel: string;
  /** Takes nearly all of the height. */
  readonly isTall?: boolean;
  onClose(): void;
  readonly children: ReactNode;
}

/** A panel over the lower part of a small screen. Not modal: the diagram above stays in use. */
export function Sheet({ title, closeLabel, isTall = false, onClose, children }: SheetProps) {
  return (
    <section className={isTall ? `${styles.sheet} ${styles.tall}` : styles.sheet} aria-label={title}>
      <header className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        <Button look="plain" icon="close" label={closeLabel} onClick={onClose} />
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}

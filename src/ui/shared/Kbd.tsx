import styles from './Kbd.module.css';

const NAMES: Record<string, string> = { ' ': 'Space', Escape: 'Esc', ArrowRight: '→', ArrowLeft: '←' };

/** A key, as acts spell it. */
export function Kbd({ value }: { readonly value: string }) {
  return (
    <span className={styles.keys}>
      {value.split('+').map((part) => (
        <kbd key={part} className={styles.key}>
          {NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part)}
        </kbd>
      ))}
    </span>
  );
}

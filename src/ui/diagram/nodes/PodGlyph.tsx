import type { PodLook } from '../pod-status.ts';
import styles from './PodGlyph.module.css';

interface PodGlyphProps {
  readonly look: PodLook;
  readonly size?: number;
  /** How much of the image has arrived, when it is being pulled. */
  readonly fraction?: number;
}

/** A pod's status as a shape; colour comes from its owner. Legible without colour. */
export function PodGlyph({ look, size = 34, fraction }: PodGlyphProps) {
  return (
    <svg
      className={`${styles.glyph} ${styles[look] ?? ''}`}
      width={size}
      height={size}
      viewBox="0 0 34 34"
      aria-hidden="true"
    >
      <rect className={styles.box} x="1.5" y="1.5" width="31" height="31" rx="9.5" />
      {inner(look, fraction)}
    </svg>
  );
}

function inner(look: PodLook, fraction: number | undefined) {
  switch (look) {
    case 'running':
      return <circle className={styles.solid} cx="17" cy="17" r="7.5" />;
    case 'pending':
      return <circle className={styles.hollow} cx="17" cy="17" r="6.5" />;
    case 'starting':
      return (
        <>
          <circle className={styles.hollow} cx="17" cy="17" r="7" />
          <circle className={styles.solid} cx="17" cy="17" r="2.6" />
        </>
      );
    case 'pulling':
      return (
        <>
          <circle className={styles.hollow} cx="17" cy="17" r="7.5" />
          <path
            className={fraction === undefined ? `${styles.solid} ${styles.turning}` : styles.solid}
            d={sector(fraction ?? 0.3)}
          />
        </>
      );
    case 'not-ready':
      return (
        <>
          <circle className={styles.hollow} cx="17" cy="17" r="7" />
          <path className={styles.solid} d="M17 10a7 7 0 0 0 0 14z" />
        </>
      );
    case 'crash-loop':
      return <path className={styles.solid} d="m17 8.5 8.5 8.5-8.5 8.5L8.5 17z" />;
    case 'failed':
      return <path className={styles.mark} d="m11.5 11.5 11 11m0-11-11 11" />;
    case 'succeeded':
      return <path className={styles.mark} d="m10.5 17.8 4.4 4.4 8.8-9.6" />;
    case 'terminating':
      return (
        <>
          <circle className={styles.solid} cx="17" cy="17" r="6.5" />
          <path className={styles.strike} d="M6 28 28 6" />
        </>
      );
    case 'unknown':
      return (
        <text className={styles.question} x="17" y="22.5" textAnchor="middle">
          ?
        </text>
      );
  }
}

/** The part of a disc that is filled, clockwise from twelve o'clock. */
function sector(fraction: number): string {
  const share = Math.min(Math.max(fraction, 0.02), 0.999);
  const angle = share * 2 * Math.PI;
  const x = 17 + 7.5 * Math.sin(angle);
  const y = 17 - 7.5 * Math.cos(angle);
  return `M17 17V9.5A7.5 7.5 0 ${share > 0.5 ? 1 : 0} 1 ${x.toFixed(2)} ${y.toFixed(2)}z`;
}

import styles from './Hue.module.css';
import { hueOf } from './hues.ts';

/** The small square in a component's colour that goes before its name. */
export function Hue({ component }: { readonly component: string }) {
  return <i className={styles.hue} style={{ background: hueOf(component) }} aria-hidden="true" />;
}

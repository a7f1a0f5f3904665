import type { CSSProperties, ReactNode } from 'react';
import { componentOf } from '../store/keys.ts';
import { useView } from '../store/selectors.ts';
import { useIsTabStop } from './focus.ts';
import styles from './Part.module.css';
import { partOfSelection } from './parts.ts';

interface PartProps {
  readonly id: string;
  /** Its spoken name: what it is and how it is. */
  readonly label: string;
  /** Shown when the pointer rests on it. */
  readonly title?: string;
  readonly className?: string;
  readonly style?: CSSProperties;
  readonly children?: ReactNode;
}

/** A thing on the diagram that can be focused and selected; the diagram itself listens to clicks and keys. */
export function Part({ id, label, title, className, style, children }: PartProps) {
  const isTabStop = useIsTabStop(id);
  const isSelected = useView(({ selection }) => isShownBy(id, partOfSelection(selection)));
  return (
    <button
      type="button"
      data-part={id}
      aria-label={label}
      title={title}
      aria-pressed={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      className={`${styles.part} ${className ?? ''}`}
      style={style}
    >
      {children}
    </button>
  );
}

/** A card that stands for all processes of a kind shows each of them. */
const isShownBy = (id: string, part: string | undefined): boolean =>
  part !== undefined && (part === id || componentOf(part) === id);

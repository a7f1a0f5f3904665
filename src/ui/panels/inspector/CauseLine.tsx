import type { CSSProperties, ReactNode } from 'react';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { Icon } from '../../shared/icons.tsx';
import { splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { type Hop, pointsOut } from '../../store/trail.ts';
import { selectMessage, selectObject } from '../../store/view.ts';
import styles from './Why.module.css';

interface CauseLineProps {
  readonly messageId: number;
  readonly time: string;
  /** Whose hue it takes. */
  readonly component: string;
  readonly text: string;
  /** What it points out on the diagram. */
  readonly hop: Hop;
  readonly objects: readonly string[];
  readonly isFault?: boolean;
  /** How far it is moved in. */
  readonly depth?: number;
  readonly children?: ReactNode;
}

/** A sentence on a message: it leads to the message and to the object that it is about. */
export function CauseLine({
  messageId,
  time,
  component,
  text,
  hop,
  objects,
  isFault,
  depth = 0,
  children,
}: CauseLineProps) {
  const object = objects.find((key) => mirror.object(key) !== undefined);
  return (
    <li
      className={isFault ? `${styles.line} ${styles.fault}` : styles.line}
      style={depth > 0 ? ({ '--depth': depth } as CSSProperties) : undefined}
      {...pointsOut(() => [hop])}
    >
      <span className={styles.offset}>{time}</span>
      <span className={styles.dot}>
        {isFault ? <Icon name="bolt" size={11} /> : <Hue component={component} />}
        <span className="visually-hidden">{componentName(component)}: </span>
      </span>
      <span className={styles.text}>
        <button type="button" className={styles.sentence} onClick={() => selectMessage(messageId)}>
          {text}
        </button>
        {children}
        {object !== undefined && (
          <>
            {' '}
            <button type="button" className={styles.object} onClick={() => selectObject(object)}>
              {splitKey(object).kind} {splitKey(object).name}
            </button>
          </>
        )}
      </span>
    </li>
  );
}

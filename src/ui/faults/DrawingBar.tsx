import { useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '../shared/Button.tsx';
import { cluster } from '../store/cluster.ts';
import styles from './DrawingBar.module.css';
import { drawing, endDrawing } from './drawing.ts';
import { faultOf } from './form.ts';
import { useFaultKinds } from './kinds.ts';
import { TEXT } from './messages.ts';
import { spokenSide } from './sides.ts';

/** The two sides that are chosen on the diagram, by name, and what cuts between them. */
export function DrawingBar() {
  const form = useStore(drawing, (state) => state.form);
  const kinds = useFaultKinds();
  const side = useStore(drawing, (state) => state.side);
  const said = useStore(drawing, (state) => state.said);
  const [refusal, setRefusal] = useState({ of: form, text: '' });
  // What is chosen otherwise since then has not been refused.
  const problem = refusal.of === form ? refusal.text : '';
  if (form === undefined) return null;
  const cut = async (): Promise<void> => {
    if (kinds === undefined) return;
    const { error } = await cluster().input({ act: 'inject', fault: faultOf(form, kinds) });
    if (error === undefined) endDrawing();
    else setRefusal({ of: form, text: error.message });
  };
  return (
    <section className={styles.bar} aria-label={TEXT.drawing}>
      <p role="status" className={styles.hint}>
        {said === '' ? TEXT.drawingHint : said}
      </p>
      {problem !== '' && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      <div className={styles.row}>
        {(['a', 'b'] as const).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={side === one}
            className={one === 'b' ? `${styles.side} ${styles.sideB}` : styles.side}
            onClick={() => drawing.setState({ side: one })}
          >
            <b>{one === 'a' ? TEXT.sideA : TEXT.sideB}</b>
            <span className={styles.names}>{TEXT.onSide(spokenSide(form[one]), one)}</span>
          </button>
        ))}
        <span className={styles.end}>
          <Button small onClick={endDrawing}>
            {TEXT.cancel}
          </Button>
          <Button
            small
            look="danger"
            icon="bolt"
            disabled={form.a.length === 0 || kinds === undefined}
            onClick={() => void cut()}
          >
            {kinds?.[form.kind]?.title ?? TEXT.doIt}
          </Button>
        </span>
      </div>
    </section>
  );
}

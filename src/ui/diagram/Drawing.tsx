import { ViewportPortal } from '@xyflow/react';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { drawing, type Side, sideOf } from '../faults/drawing.ts';
import type { BreakForm } from '../faults/form.ts';
import { sideOfPart } from '../faults/sides.ts';
import { useAddresses } from '../store/selectors.ts';
import styles from './Drawing.module.css';
import { focus } from './focus.ts';
import { bottom, type Rect, right } from './geometry.ts';
import type { Layout } from './layout.ts';
import { partsOf } from './parts.ts';

/** Marks two sides while they are chosen, by outline and letter. */
export function Drawing({ layout }: { readonly layout: Layout }) {
  const form = useStore(drawing, (state) => state.form);
  const addresses = useAddresses();
  useEffect(() => {
    focusOnPart();
    return focusOnPart;
  }, []);
  if (form === undefined) return null;
  return (
    <ViewportPortal>
      {marksOf(layout, form, addresses).map(({ id, rect: { x, y, width, height }, side }) => (
        <div
          key={id}
          className={side === 'b' ? `${styles.mark} ${styles.b}` : styles.mark}
          style={{ transform: `translate(${x}px, ${y}px)`, width: width + 8, height: height + 8 }}
          aria-hidden="true"
        >
          <span className={styles.letter}>{LETTERS[side]}</span>
        </div>
      ))}
    </ViewportPortal>
  );
}

const LETTERS = { a: 'A', b: 'B' } as const;

/** Keys go on where they were before the dialog, the menu or the bar. */
function focusOnPart(): void {
  const { part } = focus.getState();
  document.querySelector<HTMLElement>(`[data-part="${CSS.escape(part)}"]`)?.focus({ preventScroll: true });
}

interface SideMark {
  readonly id: string;
  readonly rect: Rect;
  readonly side: Side;
}

/** What is on a side; what stands inside of something that is on the same side is not marked again. */
function marksOf(layout: Layout, form: BreakForm, addresses: readonly string[]): readonly SideMark[] {
  const whole = new Map(layout.machines.map(({ name, rect }) => [`node/${name}`, rect]));
  const marks = partsOf(layout).flatMap(({ id, rect }): SideMark[] => {
    const side = sideOf(form, sideOfPart(id, addresses));
    return side === undefined ? [] : [{ id, rect: whole.get(id) ?? rect, side }];
  });
  return marks.filter(
    (mark) => !marks.some((other) => other !== mark && other.side === mark.side && isInside(mark.rect, other.rect)),
  );
}

const isInside = (inner: Rect, outer: Rect): boolean =>
  inner.x >= outer.x && inner.y >= outer.y && right(inner) <= right(outer) && bottom(inner) <= bottom(outer);

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { hostOf } from '../store/keys.ts';
import { view } from '../store/view.ts';
import { type BreakForm, NOTHING } from './form.ts';

export type Side = 'a' | 'b';

interface Drawing {
  /** What the dialog would ask for; undefined while nothing is drawn. */
  readonly form?: BreakForm;
  /** Where the next part goes that is pressed. */
  readonly side: Side;
  /** What the last press did. */
  readonly said: string;
}

/** Two sides that are chosen on the diagram itself. */
export const drawing = createStore<Drawing>(() => ({ side: 'a', said: '' }));

export const useIsDrawing = (): boolean => useStore(drawing, ({ form }) => form !== undefined);

/** From now on a press on a part of the diagram puts it on a side. */
export function startDrawing(given: Partial<BreakForm>): void {
  const form = { ...NOTHING, kind: 'partition', ...given };
  view.setState({ selection: null, sheet: null, dialog: null, toBreak: null, contextMenu: null });
  drawing.setState({ form, side: form.a.length > 0 ? 'b' : 'a', said: '' });
}

export const endDrawing = (): void => drawing.setState({ form: undefined, said: '' });

type Sides = Pick<BreakForm, 'a' | 'b'>;

/** Puts machines or processes on one side, or on none. */
export function putOn({ a, b }: Sides, names: readonly string[], side: Side | ''): Sides {
  const without = (all: readonly string[]): readonly string[] => all.filter((one) => !names.includes(one));
  return { a: [...without(a), ...(side === 'a' ? names : [])], b: [...without(b), ...(side === 'b' ? names : [])] };
}

/** The side that all of these are on: each by its own name, or with its machine. */
export function sideOf({ a, b }: Sides, names: readonly string[]): Side | undefined {
  const sideOfOne = (name: string): Side | undefined => {
    for (const one of [name, hostOf(name)]) {
      if (a.includes(one)) return 'a';
      if (b.includes(one)) return 'b';
    }
    return undefined;
  };
  const [first, ...more] = names.map(sideOfOne);
  return more.every((side) => side === first) ? first : undefined;
}

/** What is pressed goes to a side; when all of it was put there before, it comes off again. */
export function press(form: BreakForm, names: readonly string[], side: Side): BreakForm {
  const isThere = names.every((name) => form[side].includes(name));
  return { ...form, ...putOn(form, names, isThere ? '' : side) };
}

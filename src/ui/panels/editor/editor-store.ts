import { createStore } from 'zustand/vanilla';
import { cluster, type InputResult } from '../../store/cluster.ts';
import { mirror } from '../../store/mirror.ts';
import { isInPast } from '../../store/seek.ts';
import { TEXT } from './messages.ts';

/** One thing to say about one line of the text. */
export interface Remark {
  /** From 1. */
  readonly line: number;
  readonly column?: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

interface EditorStore {
  readonly pane: 'examples' | 'result';
  readonly isApplying: boolean;
  /** What was asked for meanwhile: applied as soon as the present apply is answered. */
  readonly next?: { readonly text: string; readonly title?: string };
  readonly outcome?: InputResult;
  /** Of the last apply, to be shown at their lines; `seq` makes each set new. */
  readonly remarks: readonly Remark[];
  readonly seq: number;
  /** What the user had written before an example or a file took its place. */
  readonly replaced?: string;
  /** A file that could not be opened: why. */
  readonly problem?: string;
}

export const editor = createStore<EditorStore>(() => ({ pane: 'examples', isApplying: false, remarks: [], seq: 0 }));

/** Grows with every apply: only of the newest it is said what came of it. */
let asked = 0;
/** Where the newest was asked for. */
let askedIn = '';

const shownPlace = (): string => `${mirror.run} ${mirror.branch}`;

/**
 * Hands the text to kubectl, one after the other; it stays in the editor whatever comes of it. An apply that waits for
 * its answer in another branch, or after the moment that is shown, holds up nothing here.
 */
export async function applyText(text: string, title?: string): Promise<void> {
  if (editor.getState().isApplying && askedIn === shownPlace() && !isInPast()) {
    editor.setState({ next: { text, title } });
    return;
  }
  if (text.trim() === '') {
    show({ error: { message: TEXT.nothing } });
    return;
  }
  editor.setState({ isApplying: true, pane: 'result', outcome: undefined, remarks: [], next: undefined });
  const turn = ++asked;
  askedIn = shownPlace();
  const { run } = mirror;
  const outcome = await cluster().input({ act: 'apply', text, title });
  if (turn !== asked) return;
  show(outcome);
  const { next } = editor.getState();
  if (next === undefined) return;
  editor.setState({ next: undefined });
  // It was meant for the cluster of that time.
  if (mirror.run === run) await applyText(next.text, next.title);
}

function show(outcome: InputResult): void {
  editor.setState(({ seq }) => ({
    isApplying: false,
    pane: 'result',
    outcome,
    remarks: remarksOf(outcome),
    seq: seq + 1,
  }));
}

/** What has to be said at which line. */
export function remarksOf({ error, results = [], lines = [] }: InputResult): readonly Remark[] {
  if (error !== undefined) {
    const { message, line, column } = error;
    return line === undefined ? [] : [{ line, column, severity: 'error', message }];
  }
  return results.flatMap(({ verb, status, warnings = [] }, i) => {
    const line = lines[i] ?? 1;
    const refusal: readonly Remark[] =
      verb === 'failed' ? [{ line, severity: 'error', message: status?.message ?? '' }] : [];
    return [...refusal, ...warnings.map((message): Remark => ({ line, severity: 'warning', message }))];
  });
}

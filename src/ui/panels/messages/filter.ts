import type { MessageView, Traffic } from '../../../engine/door.ts';
import { componentOf } from '../../store/keys.ts';

export interface Filter {
  /** Component of either end; '' for any. */
  readonly component: string;
  readonly traffic: Traffic | '';
  readonly text: string;
}

export const EVERYTHING: Filter = { component: '', traffic: '', text: '' };

/** The messages that pass; the same array when everything does. */
export function filtered(
  messages: readonly MessageView[],
  { component, traffic, text }: Filter,
): readonly MessageView[] {
  if (component === '' && traffic === '' && text === '') return messages;
  const wanted = text.toLowerCase();
  return messages.filter(
    (message) =>
      (component === '' || componentOf(message.from) === component || componentOf(message.to) === component) &&
      (traffic === '' || message.traffic === traffic) &&
      (wanted === '' || textOf(message).includes(wanted)),
  );
}

function textOf({ label, from, to, actor = '', objects = [] }: MessageView): string {
  return `${label} ${from} ${to} ${actor} ${objects.join(' ')}`.toLowerCase();
}

/** Which rows of a list of equal rows are visible, a few more on each side. */
export function visibleRows(
  count: number,
  scrollTop: number,
  height: number,
  rowHeight: number,
): readonly [number, number] {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - 4);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + 4);
  return [Math.min(first, last), last];
}

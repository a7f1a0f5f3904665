import { clockText } from '../../shared/time.ts';

/** A moment by the page's clock; what was before the clock began is called so. */
export function whenText(ms: number, before: string): string {
  return ms < 0 ? before : clockText(ms);
}

/** `1 043`, with a narrow space that does not break; a dash for what is not known. */
export function spaced(value: number | undefined): string {
  return value === undefined ? '–' : Math.round(value).toLocaleString('en').replaceAll(',', '\u202f');
}

/** `1.5 cores`, `250m`: processor time as people say it. */
export function cpuText(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${Math.round(millis)}m`;
}

/** Virtual 0, as API objects write it. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** A time of an API object as virtual ms; undefined for none or nonsense. */
export function virtualTime(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms - EPOCH_MS;
}

/** `42s`, `6m12s`, `3h`: how old something is, as kubectl prints ages; whole seconds, so that it stands still for a while. */
export function ageText(now: number, then: number | undefined): string {
  if (then === undefined) return '–';
  const seconds = Math.max(0, Math.floor((now - then) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  return `${Math.floor(hours / 24)}d`;
}

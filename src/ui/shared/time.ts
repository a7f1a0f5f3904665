/** `T+00:06:38.412`: virtual time since the cluster was ready. */
export function clockText(ms: number): string {
  const total = Math.max(0, Math.floor(ms));
  const part = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  const hours = Math.floor(total / 3_600_000);
  return `T+${part(hours)}:${part(Math.floor(total / 60_000) % 60)}:${part(Math.floor(total / 1000) % 60)}.${part(total % 1000, 3)}`;
}

/** `42 s`, `6 min 12 s`, `180 ms`: a length of time in at most two units. */
export function durationText(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return ms < 10_000 && ms % 1000 !== 0 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `5m55s`, `3h4m`: as kubectl writes how old something is. */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 180) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? '' : `${minutes % 60}m`}`;
}

/** `1/40×`, `10×`: virtual milliseconds per real one. */
export function rateText(rate: number): string {
  if (rate === 0) return '0×';
  if (rate >= 1) return `${rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10}×`;
  const slower = Math.round(1 / rate);
  return slower === 1 ? '1×' : `1/${slower}×`;
}

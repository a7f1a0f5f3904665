/** Virtual time 0 in seconds since 1970: 2026-01-01T00:00:00Z. */
export const EPOCH_SECONDS = 1_767_225_600;

const DAY_SECONDS = 86_400;
let lastSecond = Number.NaN;
let lastText = '';

/** RFC 3339 with whole seconds, as in most times of an API object; fractions are cut off. */
export function toRFC3339(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = `${secondsText(second + EPOCH_SECONDS)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** RFC 3339 with six decimals, as in a MicroTime (Lease renewals, Event times). */
export function toRFC3339Micro(ms: number): string {
  const whole = toRFC3339(ms);
  const micros = Math.floor((ms - Math.floor(ms / 1000) * 1000) * 1000);
  return `${whole.slice(0, -1)}.${String(micros).padStart(6, '0')}Z`;
}

/** Virtual milliseconds of an RFC 3339 text with or without fractions and zone offset; NaN if it is not one. */
export function fromRFC3339(text: string): number {
  if (text.length < 20) return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const separators = text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':' && text[16] === ':';
  if (!separators || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return Number.NaN;
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  let position = 19;
  let fractionMs = 0;
  if (text[position] === '.') {
    const start = ++position;
    while (isDigit(text, position)) position++;
    if (position === start) return Number.NaN;
    fractionMs = Number(`0.${text.slice(start, position)}`) * 1000;
  }
  const offset = zoneSeconds(text, position);
  const seconds = daysSince1970(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
  return (seconds - EPOCH_SECONDS) * 1000 + fractionMs;
}

function zoneSeconds(text: string, position: number): number {
  const rest = text.slice(position);
  if (rest === 'Z') return 0;
  if (rest.length !== 6 || (rest[0] !== '+' && rest[0] !== '-') || rest[3] !== ':') return Number.NaN;
  const seconds = digits(rest, 1, 3) * 3600 + digits(rest, 4, 6) * 60;
  return rest[0] === '+' ? seconds : -seconds;
}

function isDigit(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return code >= 48 && code <= 57;
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    if (!isDigit(text, index)) return Number.NaN;
    value = value * 10 + text.charCodeAt(index) - 48;
  }
  return value;
}

function secondsText(unixSeconds: number): string {
  const days = Math.floor(unixSeconds / DAY_SECONDS);
  const rest = unixSeconds - days * DAY_SECONDS;
  const { year, month, day } = dateOf(days);
  const hour = Math.floor(rest / 3600);
  const minute = Math.floor(rest / 60) % 60;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(rest % 60)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Counts years from March on, so that the leap day is the last of its year. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function dateOf(daysFrom1970: number): { year: number; month: number; day: number } {
  const days = daysFrom1970 + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

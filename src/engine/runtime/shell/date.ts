import { EPOCH_SECONDS, toRFC3339 } from '../../api/time.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
/** Virtual 0 was a Thursday. */
const EPOCH_WEEKDAY = 4;

/** The time as `date` prints it, or as its `+FORMAT` says. */
export function formatDate(now: number, format = '%a %b %e %H:%M:%S %Z %Y'): string {
  const text = toRFC3339(now);
  const month = Number(text.slice(5, 7));
  const weekday = (((EPOCH_WEEKDAY + Math.floor(now / DAY_MS)) % 7) + 7) % 7;
  const fields: Readonly<Record<string, string>> = {
    Y: text.slice(0, 4),
    y: text.slice(2, 4),
    m: text.slice(5, 7),
    d: text.slice(8, 10),
    e: text.slice(8, 10).replace(/^0/, ' '),
    H: text.slice(11, 13),
    M: text.slice(14, 16),
    S: text.slice(17, 19),
    F: text.slice(0, 10),
    T: text.slice(11, 19),
    R: text.slice(11, 16),
    D: `${text.slice(5, 7)}/${text.slice(8, 10)}/${text.slice(2, 4)}`,
    a: DAYS[weekday] as string,
    b: MONTHS[month - 1] as string,
    u: String(weekday === 0 ? 7 : weekday),
    s: String(EPOCH_SECONDS + Math.floor(now / 1000)),
    N: String(Math.floor(now % 1000))
      .padStart(3, '0')
      .padEnd(9, '0'),
    Z: 'UTC',
    z: '+0000',
    n: '\n',
    '%': '%',
  };
  return format.replaceAll(/%(.)/g, (all, field: string) => fields[field] ?? all);
}

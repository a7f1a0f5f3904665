/** One option of a page's address. */
export interface AddressOption<T> {
  /** What it may be, as the end of "it has to be …". */
  readonly allowed: string;
  /** Undefined: not a value of this option. */
  read(text: string): Partial<T> | undefined;
  /** What is in force, in words. */
  inForce(options: T): string;
}

export type Grammar<T> = Readonly<Record<string, AddressOption<T>>>;

/**
 * Reads `?name=value&…`: what it does not say, or says wrongly, is as by default. Each problem is a sentence that says
 * what was wrong and what is used in its place.
 */
export function readAddress<T extends object>(
  search: string,
  grammar: Grammar<T>,
  defaults: T,
): { readonly options: T; readonly problems: readonly string[] } {
  let options = defaults;
  const wrong: (readonly [name: string, given: string])[] = [];
  for (const [name, text] of new URLSearchParams(search)) {
    const read = Object.hasOwn(grammar, name) ? grammar[name]?.read(text) : undefined;
    if (read === undefined) wrong.push([name, text]);
    else options = { ...options, ...read };
  }
  const problems = wrong.map(([name, text]) => {
    const given = shortened(text === '' ? name : `${name}=${text}`);
    const option = Object.hasOwn(grammar, name) ? grammar[name] : undefined;
    if (option === undefined)
      return `“${given}” means nothing here: the options are ${Object.keys(grammar).join(', ')}.`;
    return `“${given}” is not used: ${name} has to be ${option.allowed}. Instead it is ${option.inForce(options)}.`;
  });
  return { options, problems };
}

const LONGEST = 40;

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** The value that a word stands for. */
export const wordFor = <V>(values: Readonly<Record<string, V>>, text: string): V | undefined =>
  Object.hasOwn(values, text) ? values[text] : undefined;

/** A whole number within bounds. */
export function wholeNumber(text: string, least: number, most: number): number | undefined {
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined;
}

const SLOWEST = 0.001;
const FASTEST = 1000;

/** `story`, or virtual milliseconds per real one. */
export const SPEED = {
  allowed: `story, or a number from ${SLOWEST} to ${FASTEST}`,
  read: (text: string): { readonly speed: number | 'story' } | undefined => {
    if (text === 'story') return { speed: text };
    const speed = Number(text);
    return text.trim() !== '' && speed >= SLOWEST && speed <= FASTEST ? { speed } : undefined;
  },
  inForce: ({ speed }: { readonly speed: number | 'story' }): string => (speed === 'story' ? 'story' : `${speed}`),
};

const MOST_SEED = 2 ** 32 - 1;

/** The seed of all chance. */
export const SEED = {
  allowed: `a whole number from 0 to ${MOST_SEED}`,
  read: (text: string): { readonly seed: number } | undefined => {
    const seed = wholeNumber(text, 0, MOST_SEED);
    return seed === undefined ? undefined : { seed };
  },
  inForce: ({ seed }: { readonly seed: number }): string => `${seed}`,
};

import type { Speed } from '../../worker/protocol.ts';
import { SCENARIO_NAMES, type ScenarioName } from './scenario-names.ts';

/** What the address of an embed may say: `embed.html?scenario=node-death&seed=7&theme=auto&autoplay=1`. */
export interface EmbedOptions {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly theme: 'light' | 'dark' | 'system';
  readonly autoplay: boolean;
  readonly speed: Speed;
  readonly caption: boolean;
  /** Options that are unknown or have a value that is none: what was written. */
  readonly ignored: readonly string[];
}

const DEFAULTS: EmbedOptions = {
  scenario: 'deploy',
  seed: 1,
  theme: 'system',
  autoplay: false,
  speed: 'story',
  caption: true,
  ignored: [],
};

/** Undefined: not a value of this option. */
type Reader = (text: string) => Partial<EmbedOptions> | undefined;

const flag =
  (name: 'autoplay' | 'caption'): Reader =>
  (text) => {
    const value = { '1': true, true: true, on: true, '0': false, false: false, off: false }[text];
    return value === undefined ? undefined : { [name]: value };
  };

/** The grammar; an option stays as it is for ever, as pages that nobody maintains use it. */
const READERS: Readonly<Record<string, Reader>> = {
  v: (text) => (text === '1' ? {} : undefined),
  scenario: (text) => (isScenario(text) ? { scenario: text } : undefined),
  seed: (text) => (/^\d+$/.test(text) && Number(text) < 2 ** 32 ? { seed: Number(text) } : undefined),
  theme: (text) => {
    const theme = ({ light: 'light', dark: 'dark', auto: 'system' } as const)[text];
    return theme && { theme };
  },
  autoplay: flag('autoplay'),
  speed: (text) => {
    if (text === 'story') return { speed: 'story' };
    const speed = Number(text);
    return text !== '' && speed >= 0.001 && speed <= 1000 ? { speed } : undefined;
  },
  caption: flag('caption'),
};

/** Reads the address; what it does not say is as by default, what it says wrongly is listed. */
export function embedOptions(search: string): EmbedOptions {
  let options = DEFAULTS;
  const ignored: string[] = [];
  for (const [name, text] of new URLSearchParams(search)) {
    const read = Object.hasOwn(READERS, name) ? READERS[name]?.(text) : undefined;
    if (read === undefined) ignored.push(`${name}=${text}`);
    else options = { ...options, ...read };
  }
  return { ...options, ignored };
}

const isScenario = (text: string): text is ScenarioName => (SCENARIO_NAMES as readonly string[]).includes(text);

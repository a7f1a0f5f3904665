import type { Speed } from '../../worker/protocol.ts';
import { type AddressOption, type Grammar, readAddress, SEED, SPEED, wordFor } from '../shared/address.ts';
import { SCENARIO_NAMES, type ScenarioName } from './scenario-names.ts';

/** What the address of an embed may say: `embed.html?scenario=node-death&seed=7&theme=auto&autoplay=1`. */
export interface EmbedOptions {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly theme: 'light' | 'dark' | 'system';
  readonly autoplay: boolean;
  readonly speed: Speed;
  readonly caption: boolean;
  /** What of the address was not understood, in sentences. */
  readonly problems: readonly string[];
}

const DEFAULTS: Omit<EmbedOptions, 'problems'> = {
  scenario: 'deploy',
  seed: 1,
  theme: 'system',
  autoplay: false,
  speed: 'story',
  caption: true,
};

type Asked = Omit<EmbedOptions, 'problems'>;

const flag = (name: 'autoplay' | 'caption'): AddressOption<Asked> => ({
  allowed: '1 or 0',
  read: (text) => {
    const value = wordFor({ '1': true, true: true, on: true, '0': false, false: false, off: false }, text);
    return value === undefined ? undefined : { [name]: value };
  },
  inForce: (options) => (options[name] ? '1' : '0'),
});

const THEMES: Readonly<Record<string, EmbedOptions['theme']>> = { light: 'light', dark: 'dark', auto: 'system' };

/** The grammar; an option stays as it is for ever, as pages that nobody maintains use it. */
const GRAMMAR: Grammar<Asked> = {
  v: { allowed: '1', read: (text) => (text === '1' ? {} : undefined), inForce: () => '1' },
  scenario: {
    allowed: `one of ${SCENARIO_NAMES.join(', ')}`,
    read: (text) => (isScenario(text) ? { scenario: text } : undefined),
    inForce: ({ scenario }) => scenario,
  },
  seed: SEED,
  theme: {
    allowed: 'light, dark or auto',
    read: (text) => {
      const theme = wordFor(THEMES, text);
      return theme && { theme };
    },
    inForce: ({ theme }) => (theme === 'system' ? 'auto' : theme),
  },
  autoplay: flag('autoplay'),
  speed: SPEED,
  caption: flag('caption'),
};

/** Reads the address; what it does not say is as by default, what it says wrongly is told. */
export function embedOptions(search: string): EmbedOptions {
  const { options, problems } = readAddress(search, GRAMMAR, DEFAULTS);
  return { ...options, problems };
}

const isScenario = (text: string): text is ScenarioName => (SCENARIO_NAMES as readonly string[]).includes(text);

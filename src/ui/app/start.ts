import type { ClusterOptions } from '../../engine/door.ts';
import type { Speed } from '../../worker/protocol.ts';
import { type Grammar, readAddress, SEED, SPEED, wholeNumber, wordFor } from '../shared/address.ts';

/** What the address asks for: `index.html?seed=7&workers=10&profile=ha&etcd=5&paused&speed=1&engine=page`. */
export interface StartOptions {
  readonly options: ClusterOptions;
  readonly playing: boolean;
  readonly speed: Speed;
  readonly inPage: boolean;
  /** What of the address was not understood, in sentences. */
  readonly problems: readonly string[];
}

interface Asked {
  readonly seed: number;
  readonly workers: number | undefined;
  readonly profile: 'kind' | 'ha';
  readonly etcd: number | undefined;
  readonly playing: boolean;
  readonly speed: Speed;
  readonly inPage: boolean;
}

const DEFAULTS: Asked = {
  seed: 1,
  workers: undefined,
  profile: 'kind',
  etcd: undefined,
  playing: true,
  speed: 'story',
  inPage: false,
};

const MOST_WORKERS = 50;
const MOST_ETCD_MEMBERS = 7;
/** As the engine makes them when nobody says otherwise. */
const STANDARD_WORKERS = 3;
const STANDARD_MEMBERS = { kind: 1, ha: 3 };

const GRAMMAR: Grammar<Asked> = {
  seed: SEED,
  workers: {
    allowed: `a whole number from 0 to ${MOST_WORKERS}`,
    read: (text) => given('workers', wholeNumber(text, 0, MOST_WORKERS)),
    inForce: ({ workers }) => `${workers ?? STANDARD_WORKERS}`,
  },
  profile: {
    allowed: 'kind or ha',
    read: (text) => (text === 'kind' || text === 'ha' ? { profile: text } : undefined),
    inForce: ({ profile }) => profile,
  },
  etcd: {
    allowed: `a whole number from 1 to ${MOST_ETCD_MEMBERS}`,
    read: (text) => given('etcd', wholeNumber(text, 1, MOST_ETCD_MEMBERS)),
    inForce: ({ etcd, profile }) => `${etcd ?? STANDARD_MEMBERS[profile]}`,
  },
  paused: {
    allowed: '1 or 0',
    read: (text) => given('playing', wordFor({ '': false, '1': false, true: false, '0': true, false: true }, text)),
    inForce: ({ playing }) => (playing ? '0' : '1'),
  },
  speed: SPEED,
  engine: {
    allowed: 'worker or page',
    read: (text) => given('inPage', wordFor({ worker: false, page: true }, text)),
    inForce: ({ inPage }) => (inPage ? 'page' : 'worker'),
  },
};

function given<K extends keyof Asked>(name: K, value: Asked[K] | undefined): Partial<Asked> | undefined {
  return value === undefined ? undefined : ({ [name]: value } as Partial<Asked>);
}

/** Reads the address of the page. */
export function startOptions(search: string): StartOptions {
  const { options: asked, problems } = readAddress(search, GRAMMAR, DEFAULTS);
  const { seed, workers, profile, etcd, playing, speed, inPage } = asked;
  return {
    options: {
      seed,
      workers,
      ...(profile === 'ha' && { profile }),
      ...(etcd !== undefined && { etcdMembers: etcd }),
    },
    playing,
    speed,
    inPage,
    problems,
  };
}

import type { ClusterOptions } from '../../engine/door.ts';
import type { Speed } from '../../worker/protocol.ts';

/** What the address asks for: `index.html?seed=7&workers=10&profile=ha&etcd=5&paused&speed=1&engine=page`. */
export interface StartOptions {
  readonly options: ClusterOptions;
  readonly playing: boolean;
  readonly speed: Speed;
  readonly inPage: boolean;
}

const MOST_WORKERS = 50;
const MOST_ETCD_MEMBERS = 7;

/** Reads the address; what it does not say, or says wrongly, is as by default. */
export function startOptions(search: string): StartOptions {
  const asked = new URLSearchParams(search);
  const number = (name: string, least: number, most: number): number | undefined => {
    const text = asked.get(name);
    const value = Number(text);
    return text !== null && text !== '' && value >= least && value <= most ? value : undefined;
  };
  const whole = (value: number | undefined): number | undefined => (Number.isInteger(value) ? value : undefined);
  const members = whole(number('etcd', 1, MOST_ETCD_MEMBERS));
  return {
    options: {
      seed: whole(number('seed', 0, 2 ** 32 - 1)) ?? 1,
      workers: whole(number('workers', 0, MOST_WORKERS)),
      ...(asked.get('profile') === 'ha' && { profile: 'ha' as const }),
      ...(members !== undefined && { etcdMembers: members }),
    },
    playing: !asked.has('paused'),
    speed: number('speed', 0.001, 1000) ?? 'story',
    inPage: asked.get('engine') === 'page',
  };
}

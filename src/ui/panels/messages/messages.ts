import type { Traffic } from '../../../engine/door.ts';

/** What the list of messages says. */
export const TEXT = {
  help: 'Messages, newest last. Up and down arrow keys select.',
  component: 'Component',
  all: 'All components',
  kind: 'Kind',
  allKinds: 'All kinds',
  find: 'Find',
  findHint: 'label, object or host',
  none: 'No message yet. Apply a manifest, or break something.',
  noMatch: 'No message matches.',
  count: (shown: number, all: number) => (shown === all ? `${all}` : `${shown} of ${all}`),
  failed: 'says no',
  kinds: {
    request: 'Requests',
    response: 'Answers',
    watch: 'Watch events',
    etcd: 'etcd',
    cri: 'Container runtime',
    cni: 'Network plugin',
    'packet-filter': 'Packet filter',
    user: 'You',
    signal: 'Signals',
  } satisfies Record<Traffic, string>,
} as const;

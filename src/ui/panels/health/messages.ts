import type { HealthLine } from '../../../engine/door.ts';

/** What the panel on the cluster's health says. */
export const TEXT = {
  title: 'What works now',
  allWorks: 'All works',
  some: (stopped: number, degraded: number) =>
    [stopped > 0 ? `${stopped} stopped` : '', degraded > 0 ? `${degraded} degraded` : ''].filter(Boolean).join(', '),
  last: (ago: string) => `Last seen working ${ago} ago.`,
  states: { works: 'works', degraded: 'degraded', stopped: 'stopped' } satisfies Record<HealthLine['state'], string>,
  note: 'From what the parts themselves have seen: answers, renewals and health checks.',
} as const;

/** What the timeline says. */
export const TEXT = {
  timeline: 'Timeline',
  skipped: (text: string) => `${text} skipped`,
  scrubber: 'Playhead: the whole run',
  inThePast: (at: string, behind: string) => `${at}, ${behind} before the newest moment`,
  atNewest: (at: string) => `${at}, the newest moment`,
  branches: (name: string, count: number) => `Branch ${name}${count > 1 ? `, one of ${count}` : ''}`,
  manage: 'History and branches…',
  pastLabel: 'In the past',
  past: (behind: string) => `In the past: ${behind} before the newest moment.`,
  pastHint: 'What you do here begins a new branch; this future stays.',
  toNewest: 'Return to newest',
  begun: (name: string, parent: string) =>
    `A new branch begins here: “${name}”. What came next is kept in “${parent}”.`,
  back: (name: string) => `Back to “${name}”`,
  close: 'Close',
  help: 'Messages over time, one lane per component. Left and right arrow keys go from message to message, up and down between lanes, Enter selects.',
  lanes: {
    user: 'you',
    etcd: 'etcd',
    apiserver: 'API server',
    scheduler: 'scheduler',
    controllers: 'controllers',
    kubelets: 'kubelets',
    proxies: 'kube-proxies',
  },
  spoken: (label: string, from: string, to: string, at: string) => `${label}, from ${from} to ${to}, ${at}`,
} as const;

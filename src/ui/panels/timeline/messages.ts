/** What the timeline says. */
export const TEXT = {
  timeline: 'Timeline',
  skipped: (text: string) => `${text} skipped`,
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

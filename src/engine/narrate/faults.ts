/** What follows from a fault, said when it starts: what stops, what goes on, and who knows. */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  'node-power-off':
    'Everything on it stopped at once, and nothing in the cluster has been told: others can only miss its messages.',
  'node-reboot': 'Its containers are gone with the power; its pods stay bound to it and start again when it is up.',
  'kubelet-stop': 'Its containers run on, but nobody reports them or sends the heartbeat of the node.',
  'runtime-stop': 'Containers run on, but the kubelet can neither start nor stop any.',
  'component-crash': 'The kubelet sees its container end and starts it again, later and later if it keeps crashing.',
  'container-crash': 'The kubelet will see it end and start it again in the same pod.',
  'container-oom': 'The kernel of the node did it; the kubelet will start the container again in the same pod.',
  'image-pull-error': 'What is already on a node still starts; what must be pulled waits and tries again.',
  'probe-fail': 'The kubelet acts when enough of them in a row have failed, as the probe says.',
};

/** The caption of a fault that has just started. */
export function narrateFault(kind: string, sentence: string): string {
  const more = CONSEQUENCES[kind];
  return more === undefined ? sentence : `${sentence} ${more}`;
}

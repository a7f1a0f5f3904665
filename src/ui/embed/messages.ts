/** What the embed says. */
export const TEXT = {
  controls: 'Time',
  play: 'Play',
  pause: 'Pause',
  step: 'Step',
  restart: 'Start again',
  open: 'Open in Orrery',
  clock: 'Time since the cluster was ready',
  close: 'Close',
  starting: 'Starting a cluster…',
  inPage: 'The engine runs in this frame’s own thread: its page does not allow a worker.',
  refused: 'The scenario could not be played:',
} as const;

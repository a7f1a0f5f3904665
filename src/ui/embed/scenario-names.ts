export const SCENARIO_NAMES = [
  'idle',
  'deploy',
  'scale',
  'node-death',
  'kubelet-stop',
  'bad-image',
  'crash-loop',
  'readiness',
  'too-big',
  'scheduler-down',
] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

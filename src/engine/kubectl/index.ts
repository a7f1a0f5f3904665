import type { ComponentDefinition } from '../kernel/types.ts';
import { createKubectl, type KubectlConfig, type KubectlState } from './state.ts';
import { step } from './step.ts';

export const definition: ComponentDefinition<KubectlState, never, KubectlConfig> = {
  component: 'kubectl',
  create: createKubectl,
  step,
};

import type { ComponentDefinition } from '../kernel/types.ts';
import { type CniMessage, type CniPluginConfig, type CniState, createCni } from './state.ts';
import { step, view } from './step.ts';

export const definition: ComponentDefinition<CniState, CniMessage, CniPluginConfig> = {
  component: 'cni',
  inPlace: true,
  create: createCni,
  step,
  save: ({ boots, addresses, lastReserved }) => ({ boots, addresses, lastReserved }),
  view,
};

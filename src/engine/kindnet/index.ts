import type { ComponentDefinition } from '../kernel/types.ts';
import { createKindnet, type KindnetConfig, type KindnetState } from './state.ts';
import { step, view } from './step.ts';

export const definition: ComponentDefinition<KindnetState, never, KindnetConfig> = {
  component: 'kindnet',
  create: createKindnet,
  step: step as never,
  peers: (state) => [state.client.server],
  view,
};

import type { ComponentDefinition } from '../kernel/types.ts';
import { type CoreDnsConfig, type CoreDnsState, createCoreDns } from './state.ts';
import { step, view } from './step.ts';

export const definition: ComponentDefinition<CoreDnsState, never, CoreDnsConfig> = {
  component: 'coredns',
  create: createCoreDns,
  step: step as never,
  peers: (state) => [state.client.server],
  view,
};

import type { Body, ComponentDefinition } from '../kernel/types.ts';
import { initialState, type KubeletConfig, type KubeletState } from './state.ts';
import { step } from './step.ts';
import { view } from './view.ts';

export const definition: ComponentDefinition<KubeletState, Body, KubeletConfig> = {
  component: 'kubelet',
  inPlace: true,
  create: (config) => initialState(config),
  step,
  peers: ({ client, config }) => [client.server, `containerd@${config.name}`],
  view,
};

import type { ComponentDefinition } from '../kernel/types.ts';
import { createKubeProxy, type KubeProxyConfig, type KubeProxyState } from './state.ts';
import { step, view } from './step.ts';

export const definition: ComponentDefinition<KubeProxyState, never, KubeProxyConfig> = {
  component: 'kube-proxy',
  inPlace: true,
  create: createKubeProxy,
  step: step as never,
  peers: (state) => [state.client.server],
  view,
};

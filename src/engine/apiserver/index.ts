import type { ComponentDefinition } from '../kernel/types.ts';
import { type ApiServerConfig, type ApiServerProcess, createApiServer } from './state.ts';
import { step } from './step.ts';
import { peers, view } from './view.ts';

export const definition: ComponentDefinition<ApiServerProcess, never, ApiServerConfig> = {
  component: 'apiserver',
  inPlace: true,
  create: (config, _disk, host) => createApiServer({ ...config, etcd: config.etcd ?? [`etcd@${host}`] }),
  step: step as never,
  peers,
  view,
};

import type { ComponentDefinition } from '../kernel/types.ts';
import { createEtcd, type EtcdConfig, type EtcdState } from './state.ts';
import { peers, save, step } from './step.ts';
import { view } from './view.ts';

export const definition: ComponentDefinition<EtcdState, never, EtcdConfig> = {
  component: 'etcd',
  inPlace: true,
  create: createEtcd,
  step,
  // Peers send again what matters.
  datagrams: ['raft', 'hello', 'welcome', 'removed', 'forward'],
  save,
  peers,
  view,
};

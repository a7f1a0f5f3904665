import type { ComponentDefinition } from '../kernel/types.ts';
import type { MachineConfig } from '../machine/messages.ts';
import {
  type ContainerdBody,
  type ContainerdDisk,
  type ContainerdState,
  createContainerd,
  saveContainerd,
} from './state.ts';
import { step, view } from './step.ts';

export const definition: ComponentDefinition<ContainerdState, ContainerdBody, MachineConfig> = {
  component: 'containerd',
  inPlace: true,
  create: (config, disk) => createContainerd(config, disk as ContainerdDisk | undefined),
  step,
  save: saveContainerd,
  peers: (state) => (state.subscriber === '' ? [] : [state.subscriber]),
  view,
};

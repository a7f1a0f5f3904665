import type { ComponentDefinition } from '../kernel/types.ts';
import type { MachineConfig } from './messages.ts';
import type { MachineState } from './state.ts';
import { step } from './step.ts';

export const definition: ComponentDefinition<MachineState, never, MachineConfig> = {
  component: 'machine',
  inPlace: true,
  create: (config) => ({
    config,
    booted: false,
    agentsStarted: false,
    services: { containerd: 'inactive', kubelet: 'inactive' },
    packetFilter: null,
    packetFilterAt: 0,
  }),
  step,
  view: ({ booted, services, packetFilterAt, config }) => ({
    booted,
    services,
    packetFilterAt,
    boots: config.boots ?? 1,
  }),
};

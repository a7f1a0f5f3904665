import type { ComponentDefinition } from '../kernel/types.ts';
import { newRoutes, routeText } from '../network/routes.ts';
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
    routes: newRoutes(),
  }),
  step,
  view: ({ booted, services, packetFilterAt, routes, config }) => ({
    booted,
    services,
    packetFilterAt,
    ...(routes.size > 0 && { routes: [...routes.values()].map(routeText).sort() }),
    boots: config.boots ?? 1,
  }),
};

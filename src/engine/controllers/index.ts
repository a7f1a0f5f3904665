import type { ComponentDefinition } from '../kernel/types.ts';
import type { ControllerManagerConfig } from './controller.ts';
import { controllers } from './registry.ts';
import { type ControllerManagerState, createControllerManager } from './state.ts';
import { step } from './step.ts';

export const definition: ComponentDefinition<ControllerManagerState, never, ControllerManagerConfig> = {
  component: 'controller-manager',
  inPlace: true,
  create: createControllerManager,
  step,
  peers: ({ manager }) => [manager.client.server],
  view,
};

/** For the inspector: who leads, and per controller the queue, what it works on and its last look at a key. */
function view({ manager }: ControllerManagerState): object {
  return {
    leading: manager.election.leading,
    running: manager.running,
    controllers: controllers.flatMap((controller) => {
      const own = manager.controllers[controller.name];
      if (own === undefined) return [];
      return {
        name: controller.name,
        queued: own.queue.queued.size,
        working: [...own.queue.processing.keys()].slice(0, 5),
        failing: own.queue.failures.size,
        syncs: own.syncs,
        lastSync: own.lastSync,
        ...controller.view?.(own.own),
      };
    }),
  };
}

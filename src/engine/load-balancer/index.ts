import type { Address, ComponentDefinition } from '../kernel/types.ts';
import { createLoadBalancer, type LoadBalancerConfig, type LoadBalancerState } from './state.ts';
import { step } from './step.ts';

export const definition: ComponentDefinition<LoadBalancerState, never, LoadBalancerConfig> = {
  component: 'load-balancer',
  inPlace: true,
  create: createLoadBalancer,
  step,
  peers,
  view,
};

/** Both ends of every connection. */
function peers({ connections }: LoadBalancerState): Address[] {
  const ends = new Set<Address>();
  for (const { client, backend } of connections.values()) ends.add(client).add(backend);
  return [...ends];
}

/** For the inspector: each server with its health and how many connections it carries. */
function view({ backends, connections }: LoadBalancerState): object {
  return {
    backends: backends.map(({ address, up, contrary, since, served }) => {
      return { address, up, contrary, since, served, connections: connections.keysBy('backend', address).size };
    }),
  };
}

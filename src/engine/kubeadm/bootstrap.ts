import type { ClusterOptions } from '../door.ts';
import { type Definitions, Kernel } from '../kernel/kernel.ts';
import { dnsAddress, LAPTOP, type Plan } from '../machines.ts';
import { accounts, addons } from './addons.ts';

/** Virtual time that bootstrapping takes at most before now = 0: a minute or two, and more for many nodes. */
const lead = (nodes: number, withAddons: boolean): number => 120_000 + nodes * (withAddons ? 160 : 20);

/**
 * Builds the machines and switches them on; kubeadm creates the addons as soon as the API server answers. The cluster
 * lives through this before now = 0. With `ready: false` the power comes on at 0.
 */
export function bootstrap(definitions: Definitions, plan: Plan, options: ClusterOptions): Kernel {
  const ready = options.ready ?? true;
  const withAddons = options.addons ?? true;
  const start = ready ? -lead(plan.machines.length, withAddons) : 0;
  const kernel = new Kernel(definitions, options.seed ?? 1, start);
  const { server } = plan;
  kernel.addMachine(LAPTOP, { name: LAPTOP, role: 'outside' }).powered = true;
  kernel.spawn('kubectl', LAPTOP, { server }, undefined, '');
  const pods = withAddons ? addons(plan.podSubnet, dnsAddress(plan.serviceSubnet)) : [];
  const objects = [...accounts(), ...pods];
  kernel.spawn('kubeadm', LAPTOP, { server, objects }, undefined, '');
  for (const machine of plan.machines) kernel.addMachine(machine.name, machine);
  for (const machine of plan.machines) kernel.powerOn(machine.name);
  if (ready) kernel.advanceTo(0);
  return kernel;
}

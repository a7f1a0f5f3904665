import type { ClusterOptions } from '../door.ts';
import { type Definitions, Kernel } from '../kernel/kernel.ts';
import type { Body } from '../kernel/types.ts';
import type { KubectlState } from '../kubectl/state.ts';
import { dnsAddress, HOSTED, LAPTOP, type Plan } from '../machines.ts';
import { addons } from './addons.ts';

/** Virtual time that bootstrapping takes at most before now = 0: a minute or two, and more for many nodes. */
const lead = (nodes: number, withAddons: boolean): number => 120_000 + nodes * (withAddons ? 160 : 20);

const KUBECTL = `kubectl@${LAPTOP}`;

/**
 * Builds the machines and switches them on, as kind does: first the control plane, then what kubeadm applies, then the
 * workers. With `ready: false` the run starts at 0 with the power switched on just then.
 */
export function bootstrap(definitions: Definitions, plan: Plan, options: ClusterOptions): Kernel {
  const ready = options.ready ?? true;
  const withAddons = options.addons ?? true;
  const start = ready ? -lead(plan.machines.length, withAddons) : 0;
  const kernel = new Kernel(definitions, options.seed ?? 1, start);
  const server = `apiserver@${plan.controlPlaneHost}`;
  kernel.addMachine(LAPTOP, { name: LAPTOP, role: 'outside' }).powered = true;
  kernel.spawn('kubectl', LAPTOP, { server }, undefined, '');
  for (const machine of plan.machines) kernel.addMachine(machine.name, machine);
  if (plan.controlPlaneHost === HOSTED) hostControlPlane(kernel, plan);
  for (const machine of plan.machines) if (machine.role === 'control-plane') kernel.powerOn(machine.name);
  if (withAddons) applyAddons(kernel, plan);
  for (const machine of plan.machines) if (machine.role === 'worker') kernel.powerOn(machine.name);
  if (ready) kernel.advanceTo(0);
  return kernel;
}

/** A control plane outside the cluster's nodes: its processes run on a machine that is no Node. */
function hostControlPlane(kernel: Kernel, plan: Plan): void {
  const host = kernel.addMachine(HOSTED, { name: HOSTED, role: 'outside' });
  host.powered = true;
  const server = `apiserver@${HOSTED}`;
  const { serviceSubnet: serviceCIDR, podSubnet: clusterCIDR } = plan;
  kernel.spawn('etcd', HOSTED, { name: HOSTED }, undefined, '');
  kernel.spawn(
    'apiserver',
    HOSTED,
    { host: HOSTED, serviceSubnet: serviceCIDR, etcd: `etcd@${HOSTED}` },
    undefined,
    '',
  );
  const identity = `${HOSTED}_0`;
  kernel.spawn('controller-manager', HOSTED, { server, identity, clusterCIDR, serviceCIDR }, undefined, '');
  kernel.spawn('scheduler', HOSTED, { server, identity }, undefined, '');
}

/** Applies the addons as soon as the API server takes them, as `kubeadm init` does. */
function applyAddons(kernel: Kernel, plan: Plan): void {
  const objects = addons(plan.podSubnet, dnsAddress(plan.serviceSubnet));
  for (let id = -1; id >= -100; id--) {
    kernel.submit(KUBECTL, { type: 'apply', id, objects, namespace: 'kube-system' } as Body);
    const outcomes = waitForApply(kernel, id);
    if (outcomes?.every((outcome) => outcome.verb !== 'failed')) return;
    kernel.advanceTo(kernel.now + 1_000);
  }
}

function waitForApply(kernel: Kernel, id: number) {
  const kubectl = kernel.state<KubectlState>(KUBECTL) as KubectlState;
  for (;;) {
    const outcomes = kubectl.applied.delete(String(id));
    if (outcomes !== undefined) return outcomes;
    if (kernel.deliverNext() === undefined) return undefined;
  }
}

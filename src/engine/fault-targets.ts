import type { Fault } from './door.ts';
import { FaultError } from './fault-catalogue.ts';
import type { Side } from './kernel/disturbances.ts';
import type { Kernel } from './kernel/kernel.ts';
import { hostOf } from './kernel/types.ts';
import { LAPTOP } from './machines.ts';
import type { ContainerdState } from './runtime/state.ts';

/** Components by the names that people use for them. */
export const COMPONENTS: Readonly<Record<string, string>> = {
  apiserver: 'apiserver',
  'kube-apiserver': 'apiserver',
  scheduler: 'scheduler',
  'kube-scheduler': 'scheduler',
  'controller-manager': 'controller-manager',
  'kube-controller-manager': 'controller-manager',
  etcd: 'etcd',
  coredns: 'coredns',
  kindnet: 'kindnet',
  'kube-proxy': 'kube-proxy',
  'load-balancer': 'load-balancer',
};

/** The one thing that a fault is done to, by name. */
export function targetOf({ kind, target }: Fault): string {
  const [one, ...more] = [target].flat();
  if (typeof one !== 'string' || one === '') throw new FaultError(`${kind} needs a target`);
  if (more.length > 0) throw new FaultError(`${kind} takes one target`);
  return one;
}

/** A machine of the cluster: the user's own is not one. */
export function nodeOf(fault: Fault, kernel: Kernel): string {
  const name = targetOf(fault);
  if (name === LAPTOP) throw new FaultError(`${LAPTOP} is the user's own computer, which is no part of the cluster`);
  return machineNamed(name, kernel);
}

function machineNamed(name: string, kernel: Kernel): string {
  if (!kernel.machines.has(name)) throw new FaultError(`there is no machine named ${name}`);
  return name;
}

/** `scheduler`, `kube-scheduler`, `kube-proxy@kind-worker`, `kube-apiserver-kind-control-plane`. */
export function processOf(target: string, kernel: Kernel): string {
  const at = target.indexOf('@');
  const name = at < 0 ? target : target.slice(0, at);
  for (const [spokenName, component] of Object.entries(COMPONENTS)) {
    if (name !== spokenName && !(at < 0 && name.startsWith(`${spokenName}-`))) continue;
    const host = at < 0 ? hostFrom(name.slice(spokenName.length + 1), component, kernel) : target.slice(at + 1);
    if (!hasRun(component, machineNamed(host, kernel), kernel)) throw new FaultError(`no ${component} runs on ${host}`);
    return `${component}@${host}`;
  }
  const known = [...new Set(Object.values(COMPONENTS))].join(', ');
  throw new FaultError(`there is no component named ${target}; known are ${known}`);
}

/** The same, and the services of a machine: kubelet and containerd. */
export function anyProcess(target: string, kernel: Kernel): string {
  const [component, host] = target.split('@') as [string, string?];
  if (host === undefined || (component !== 'kubelet' && component !== 'containerd')) return processOf(target, kernel);
  if (!hasRun(component, machineNamed(host, kernel), kernel)) throw new FaultError(`no ${component} runs on ${host}`);
  return target;
}

function hasRun(component: string, host: string, kernel: Kernel): boolean {
  return kernel.machine(host).ran.has(component);
}

function hostFrom(suffix: string, component: string, kernel: Kernel): string {
  if (suffix !== '') return suffix;
  for (const process of kernel.processes.values()) if (process.component === component) return process.host;
  for (const machine of kernel.machines.values()) if (machine.ran.has(component)) return machine.name;
  throw new FaultError(`${component} runs nowhere: name its machine, as in ${component}@kind-control-plane`);
}

/** The etcd member of a machine, or by its own name. */
export function memberOf(fault: Fault, kernel: Kernel): string {
  const target = targetOf(fault);
  const address = processOf(kernel.machines.has(target) ? `etcd@${target}` : target, kernel);
  if (!address.startsWith('etcd@'))
    throw new FaultError(`${fault.kind} is about the disk of etcd: ${target} is not etcd`);
  return address;
}

/** Both sides of a link fault, as machines and addresses; without `to` the other side is everything else. */
export function sidesOf(fault: Fault, kernel: Kernel): [Side, Side] {
  const side = (named: Fault['target'], what: string): string[] => {
    const names = [named ?? []].flat();
    if (names.length === 0) throw new FaultError(`${fault.kind}: ${what} is empty`);
    return names.map((name) => {
      if (typeof name !== 'string') throw new FaultError(`${fault.kind}: ${what} must be names`);
      return kernel.machines.has(name) ? name : anyProcess(name, kernel);
    });
  };
  const a = side(fault.target, 'the first side (target)');
  const b = fault.to === undefined ? ['*'] : side(fault.to, 'the second side (to)');
  for (const name of a) {
    if (b.some((other) => other === name || hostOf(other) === name || hostOf(name) === other))
      throw new FaultError(`${fault.kind}: ${name} cannot be on both sides`);
  }
  return [a, b];
}

/** The same as a disturbance of the kernel names them. */
export function sides(fault: Fault, kernel: Kernel): { a: Side; b: Side } {
  const [a, b] = sidesOf(fault, kernel);
  return { a, b };
}

interface PodName {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
}

/** `default/web-1` or `default/web-1/nginx`. */
export function podNamed(fault: Fault): PodName {
  const parts = targetOf(fault).split('/');
  if (parts.length < 2 || parts.length > 3 || parts.includes('')) {
    throw new FaultError(`${fault.kind} needs a target of the form namespace/pod or namespace/pod/container`);
  }
  return { namespace: parts[0] as string, pod: parts[1] as string, container: parts[2] };
}

/** The same, of a pod that some machine runs. */
export function podOf(fault: Fault, kernel: Kernel): { said: string } {
  const { namespace, pod, container: name } = podNamed(fault);
  const key = `${namespace}/${pod}`;
  for (const { component, state } of kernel.processes.values()) {
    if (component !== 'containerd') continue;
    const { sandboxes, containers } = state as ContainerdState;
    for (const sandbox of sandboxes.keysBy('pod', key)) {
      if (name && !containers.by('sandbox', sandbox).some(({ config }) => config.name === name))
        throw new FaultError(`pod ${key} has no container named ${name}`);
      return { said: targetOf(fault) };
    }
  }
  throw new FaultError(`no machine runs a pod named ${key}`);
}

import type { ActiveFault, Fault } from './door.ts';
import type { Kernel } from './kernel/kernel.ts';
import { type Address, assert, type Body } from './kernel/types.ts';
import type { ContainerdState } from './runtime/state.ts';

/** A fault that cannot be done: what and why, in one sentence. */
export class FaultError extends Error {
  override name = 'FaultError';
}

/** How long a rebooting machine is without power before it boots. */
const REBOOT_OFF_MS = 3_000;

/** Components by the names that people use for them. */
const COMPONENTS: Readonly<Record<string, string>> = {
  apiserver: 'apiserver',
  'kube-apiserver': 'apiserver',
  scheduler: 'scheduler',
  'kube-scheduler': 'scheduler',
  'controller-manager': 'controller-manager',
  'kube-controller-manager': 'controller-manager',
  etcd: 'etcd',
  'kube-proxy': 'kube-proxy',
};

/** Names as they are said in sentences. */
const SPOKEN: Readonly<Record<string, string>> = {
  apiserver: 'the API server',
  scheduler: 'the scheduler',
  'controller-manager': 'the controller manager',
  etcd: 'etcd',
  'kube-proxy': 'kube-proxy',
};

interface Kind {
  /** One plain sentence, in the present tense. */
  sentence(fault: Fault, kernel: Kernel): string;
  start(fault: Fault, kernel: Kernel): void;
  /** Undone by healing; a kind without it is over as soon as it has happened. */
  heal?(fault: Fault, kernel: Kernel): void;
}

/** The faults of design.md section 7 that this version can inject. */
export const FAULTS: Readonly<Record<string, Kind>> = {
  'node-power-off': {
    sentence: (fault, kernel) => `${machineOf(fault, kernel)} has no power.`,
    start: (fault, kernel) => {
      const name = machineOf(fault, kernel);
      if (!kernel.machine(name).powered) throw new FaultError(`${name} has no power already`);
      kernel.powerOff(name);
    },
    heal: (fault, kernel) => kernel.powerOn(machineOf(fault, kernel)),
  },
  'node-reboot': {
    sentence: (fault, kernel) => `${machineOf(fault, kernel)} reboots.`,
    start: (fault, kernel) => {
      const name = machineOf(fault, kernel);
      if (!kernel.machine(name).powered) throw new FaultError(`${name} has no power: nothing to reboot`);
      kernel.powerOff(name);
    },
    heal: (fault, kernel) => kernel.powerOn(machineOf(fault, kernel)),
  },
  'kubelet-stop': service('kubelet'),
  'runtime-stop': service('containerd'),
  'component-crash': {
    sentence: (fault, kernel) => {
      const address = processOf(fault, kernel);
      const [component = '', host] = address.split('@');
      const who = component === 'kube-proxy' ? `kube-proxy on ${host}` : (SPOKEN[component] ?? component);
      const said = who.charAt(0).toUpperCase() + who.slice(1);
      return fault.stay ? `${said} is down and crashes again at each start.` : `${said} crashed.`;
    },
    start: (fault, kernel) => {
      const address = processOf(fault, kernel);
      if (!kernel.processes.has(address) && !fault.stay) throw new FaultError(`${address} is not running`);
      if (fault.stay) kernel.failing.add(address);
      if (kernel.processes.has(address)) kernel.kill(address, 137);
    },
    heal: (fault, kernel) => {
      const address = processOf(fault, kernel);
      kernel.failing.delete(address);
      const host = address.slice(address.indexOf('@') + 1);
      // A restarted kubelet has forgotten its back-offs and starts the container at once.
      if (kernel.processes.has(`kubelet@${host}`)) {
        kernel.submit(`machine@${host}`, systemctl('stop', 'kubelet'));
        kernel.submit(`machine@${host}`, systemctl('start', 'kubelet'));
      }
    },
  },
  'container-crash': container('crashed', 1),
  'container-oom': container('was killed for using more memory than its limit', 137, 'OOMKilled'),
  'image-pull-error': {
    sentence: (fault) =>
      fault.target ? `The registry does not give out ${targetOf(fault)}.` : 'The image registry does not answer.',
    start: (fault, kernel) => toAllRuntimes(kernel, { type: 'faultRegistry', image: fault.target, active: true }),
    heal: (fault, kernel) => toAllRuntimes(kernel, { type: 'faultRegistry', image: fault.target, active: false }),
  },
  'probe-fail': {
    sentence: (fault) => `Probes of ${targetOf(fault)} fail.`,
    start: (fault, kernel) => toAllRuntimes(kernel, { ...probeFault(fault), ...podOf(fault, kernel) }),
    heal: (fault, kernel) => toAllRuntimes(kernel, { ...probeFault(fault), active: false }),
  },
};

function service(name: 'kubelet' | 'containerd'): Kind {
  return {
    sentence: (fault, kernel) => `${name} on ${machineOf(fault, kernel)} is stopped.`,
    start: (fault, kernel) => {
      const host = machineOf(fault, kernel);
      if (!kernel.machine(host).powered) throw new FaultError(`${host} has no power: ${name} does not run there`);
      kernel.submit(`machine@${host}`, systemctl('stop', name));
    },
    heal: (fault, kernel) => {
      kernel.submit(`machine@${machineOf(fault, kernel)}`, systemctl('start', name));
    },
  };
}

function container(verb: string, exitCode: number, reason?: string): Kind {
  return {
    sentence: (fault) => `A container of ${targetOf(fault)} ${verb}.`,
    start: (fault, kernel) =>
      toAllRuntimes(kernel, { type: 'faultContainer', ...podOf(fault, kernel), exitCode, reason }),
  };
}

function probeFault(fault: Fault): object {
  return { type: 'faultProbe', ...podNamed(fault), probe: fault.probe, active: true };
}

function systemctl(action: 'stop' | 'start', name: string): Body {
  return { type: 'systemctl', action, service: name } as Body;
}

/** Only the runtime that has the pod (or pulls the image) acts on it. */
function toAllRuntimes(kernel: Kernel, body: object): void {
  for (const process of kernel.processes.values()) {
    if (process.component === 'containerd') kernel.submit(process.address, body as Body);
  }
}

function targetOf(fault: Fault): string {
  const target = typeof fault.target === 'string' ? fault.target : fault.target?.[0];
  if (target === undefined || target === '') throw new FaultError(`${fault.kind} needs a target`);
  return target;
}

function machineOf(fault: Fault, kernel: Kernel): string {
  const name = targetOf(fault);
  if (!kernel.machines.has(name)) throw new FaultError(`there is no machine named ${name}`);
  return name;
}

/** `scheduler`, `kube-scheduler`, `kube-proxy@kind-worker`, `kube-apiserver-kind-control-plane`. */
function processOf(fault: Fault, kernel: Kernel): string {
  const target = targetOf(fault);
  const at = target.indexOf('@');
  const name = at < 0 ? target : target.slice(0, at);
  for (const [spoken, component] of Object.entries(COMPONENTS)) {
    if (name !== spoken && !name.startsWith(`${spoken}-`)) continue;
    const host = at < 0 ? hostFrom(name.slice(spoken.length + 1), component, kernel) : target.slice(at + 1);
    if (!kernel.machines.has(host)) throw new FaultError(`there is no machine named ${host}`);
    return `${component}@${host}`;
  }
  throw new FaultError(`there is no component named ${target}; known are ${Object.keys(SPOKEN).join(', ')}`);
}

function hostFrom(suffix: string, component: string, kernel: Kernel): string {
  if (suffix !== '') return suffix;
  for (const process of kernel.processes.values()) if (process.component === component) return process.host;
  for (const machine of kernel.machines.values())
    if (component in machine.disks || machine.ran.has(component)) return machine.name;
  throw new FaultError(`${component} runs nowhere: name its machine, as in ${component}@kind-control-plane`);
}

interface PodName {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
}

/** `default/web-1` or `default/web-1/nginx`. */
function podNamed(fault: Fault): PodName {
  const parts = targetOf(fault).split('/');
  if (parts.length < 2 || parts.length > 3) {
    throw new FaultError(`${fault.kind} needs a target of the form namespace/pod or namespace/pod/container`);
  }
  return { namespace: parts[0] as string, pod: parts[1] as string, container: parts[2] };
}

/** The same, of a pod that some machine runs. */
function podOf(fault: Fault, kernel: Kernel): PodName {
  const name = podNamed(fault);
  const key = `${name.namespace}/${name.pod}`;
  for (const { component, state } of kernel.processes.values()) {
    if (component === 'containerd' && (state as ContainerdState).sandboxes.keysBy('pod', key).size > 0) return name;
  }
  throw new FaultError(`no machine runs a pod named ${key}`);
}

function kindOf(fault: Fault): Kind {
  const kind = FAULTS[fault.kind];
  if (kind !== undefined) return kind;
  throw new FaultError(`there is no fault named ${fault.kind}; known are ${Object.keys(FAULTS).join(', ')}`);
}

/** What a fault breaks, in one plain sentence. Throws a `FaultError` for an unknown kind or target. */
export function sentenceOf(kernel: Kernel, fault: Fault): string {
  return kindOf(fault).sentence(fault, kernel);
}

/**
 * Checks and starts a fault; undefined for one that is over as soon as it has happened. Throws a `FaultError` that says
 * what is wrong; then nothing has happened.
 */
export function startFault(kernel: Kernel, id: string, fault: Fault): ActiveFault | undefined {
  const kind = kindOf(fault);
  const sentence = kind.sentence(fault, kernel);
  kind.start(fault, kernel);
  if (kind.heal === undefined) return undefined;
  const forMs = fault.kind === 'node-reboot' ? REBOOT_OFF_MS : fault.forMs;
  const lasting = forMs !== undefined || fault.kind !== 'component-crash' || fault.stay === true;
  if (!lasting) return undefined;
  const until = forMs === undefined ? undefined : kernel.now + forMs;
  return { id, fault, sentence, since: kernel.now, ...(until !== undefined && { until }) };
}

export function healFault(kernel: Kernel, { fault }: ActiveFault): void {
  const kind = FAULTS[fault.kind];
  assert(kind, `no fault ${fault.kind}`);
  kind.heal?.(fault, kernel);
}

/** The process or machine that a fault is done to, as an address; the user's own for one that is about no single place. */
export function placeOf(kernel: Kernel, { target }: Fault): Address {
  const name = typeof target === 'string' ? target : (target?.[0] ?? '');
  if (kernel.machines.has(name)) return `machine@${name}`;
  for (const { address, component, state } of kernel.processes.values()) {
    if (address === name || component === (COMPONENTS[name] ?? name)) return address;
    const pod = name.split('/', 2).join('/');
    if (component === 'containerd' && (state as ContainerdState).sandboxes.keysBy('pod', pod).size > 0) return address;
  }
  return 'user@outside';
}

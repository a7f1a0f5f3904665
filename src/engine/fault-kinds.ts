import type { Fault } from './door.ts';
import { FaultError } from './fault-catalogue.ts';
import { anyProcess, memberOf, nodeOf, podNamed, podOf, processOf, sides, sidesOf, targetOf } from './fault-targets.ts';
import type { Disturbance, Side } from './kernel/disturbances.ts';
import type { Kernel } from './kernel/kernel.ts';
import { assert, type Body, hostOf } from './kernel/types.ts';

/** What a fault does, and how it is said; what it is named and which options it has stands in fault-catalogue.ts. */
export interface Kind {
  /** One plain sentence, in the present tense. */
  sentence(fault: Fault, kernel: Kernel): string;
  start(fault: Fault, kernel: Kernel, id: string): void;
  /** Undone by healing; a kind without it is over as soon as it has happened. */
  heal?(fault: Fault, kernel: Kernel, id: string, others: readonly Fault[]): void;
  /** What came back, as one plain sentence; for a kind that heals. */
  healed?(fault: Fault, kernel: Kernel): string;
  /** What it keeps broken: whole again when the last fault that keeps it broken has healed. */
  hold?(fault: Fault, kernel: Kernel): string;
}

const FAULTS: Readonly<Record<string, Kind>> = {
  'node-power-off': {
    sentence: (fault, kernel) => `${nodeOf(fault, kernel)} has no power.`,
    start: (fault, kernel) => kernel.powerOff(nodeOf(fault, kernel)),
    ...power(),
  },
  'node-reboot': {
    sentence: (fault, kernel) => `${nodeOf(fault, kernel)} reboots.`,
    start: (fault, kernel) => {
      const name = nodeOf(fault, kernel);
      if (!kernel.machine(name).powered) throw new FaultError(`${name} has no power: nothing to reboot`);
      kernel.powerOff(name);
    },
    ...power(),
  },
  'kubelet-stop': service('kubelet'),
  'runtime-stop': service('containerd'),
  'kube-proxy-stop': {
    sentence: (fault, kernel) => `kube-proxy on ${nodeOf(fault, kernel)} is down and crashes again at each start.`,
    ...crashing((fault, kernel) => processOf(`kube-proxy@${nodeOf(fault, kernel)}`, kernel)),
  },
  'component-crash': {
    sentence: (fault, kernel) => {
      const who = capital(spoken(processOf(targetOf(fault), kernel)));
      return staysDown(fault) ? `${who} is down and crashes again at each start.` : `${who} crashed.`;
    },
    ...crashing((fault, kernel) => processOf(targetOf(fault), kernel)),
  },
  'component-slow': disturbance(
    (fault, kernel) =>
      `${capital(spoken(anyProcess(targetOf(fault), kernel)))} does everything ${span(fault.ms)} late.`,
    (fault) => `${capital(spoken(targetOf(fault)))} is as quick as before.`,
    (fault, kernel) => ({ kind: 'slow', address: anyProcess(targetOf(fault), kernel), ms: fault.ms as number }),
  ),
  partition: disturbance(
    (fault, kernel) => {
      const [a, b] = sidesOf(fault, kernel);
      if (fault.oneWay) return `Nothing from ${said(a)} reaches ${said(b)}; the other way is open.`;
      return `${capital(said(a))} ${a.length > 1 ? 'are' : 'is'} cut off from ${said(b)}.`;
    },
    (fault, kernel) => {
      const [a, b] = sidesOf(fault, kernel);
      if (fault.oneWay) return `What ${said(a)} sends reaches ${said(b)} again.`;
      return `${capital(said(a))} and ${said(b)} reach each other again.`;
    },
    (fault, kernel) => ({ kind: 'cut', ...sides(fault, kernel), ...(fault.oneWay === true && { oneWay: true }) }),
  ),
  'link-latency': disturbance(
    (fault, kernel) => {
      const { ms, jitterMs } = fault as Fault & { ms: number; jitterMs: number };
      const longer = jitterMs > 0 ? `${span(ms)} to ${span(ms + jitterMs)}` : span(ms);
      return `Messages between ${between(fault, kernel)} take ${longer} longer each way.`;
    },
    (fault, kernel) => `Messages between ${between(fault, kernel)} are as quick as before.`,
    (fault, kernel) => ({
      kind: 'latency',
      ...sides(fault, kernel),
      ms: fault.ms as number,
      jitterMs: fault.jitterMs as number,
    }),
  ),
  'message-drop': disturbance(
    (fault, kernel) =>
      `${Math.round((fault.rate as number) * 100)} % of what travels between ${between(fault, kernel)} is lost.`,
    (fault, kernel) => `What travels between ${between(fault, kernel)} is not lost any more.`,
    (fault, kernel) => ({ kind: 'drop', ...sides(fault, kernel), rate: fault.rate as number }),
  ),
  'clock-skew': disturbance(
    (fault, kernel) => {
      const ms = fault.ms as number;
      return `The clock of ${nodeOf(fault, kernel)} is ${span(Math.abs(ms))} ${ms < 0 ? 'slow' : 'fast'}.`;
    },
    (fault) => `The clock of ${targetOf(fault)} is right again.`,
    (fault, kernel) => ({ kind: 'skew', host: nodeOf(fault, kernel), ms: fault.ms as number }),
  ),
  'etcd-slow-disk': standing(
    (fault, kernel) => `The disk of ${spoken(memberOf(fault, kernel))} takes ${span(fault.fsyncMs)} for each fsync.`,
    (fault) => `The disk of ${spoken(targetOf(fault))} is as quick as before.`,
    (fault, kernel) => memberOf(fault, kernel),
    ({ fsyncMs }) => ({ type: 'faultDisk', fsyncMs }),
    () => ({ type: 'faultDisk', fsyncMs: null }),
  ),
  'etcd-disk-loss': {
    sentence: (fault, kernel) => `The data of ${spoken(memberOf(fault, kernel))} is gone.`,
    start: (fault, kernel) => {
      const address = memberOf(fault, kernel);
      if (kernel.processes.has(address)) kernel.kill(address, 137);
      delete kernel.machine(hostOf(address)).disks.etcd;
    },
  },
  'container-crash': container('crashed', 1),
  'container-oom': container('was killed for using more memory than its limit', 137, 'OOMKilled'),
  'image-pull-error': standing(
    ({ target }) => (target ? `The registry does not give out ${target}.` : 'The image registry does not answer.'),
    ({ target }) => (target ? `The registry gives out ${target} again.` : 'The image registry answers again.'),
    () => 'containerd',
    ({ target }) => ({ type: 'faultRegistry', image: target, active: true }),
    ({ target }) => ({ type: 'faultRegistry', image: target, active: false }),
  ),
  'probe-fail': standing(
    (fault, kernel) => `${probesOf(fault)} of ${podOf(fault, kernel).said} fail.`,
    (fault) => `${probesOf(fault)} of ${targetOf(fault)} say again what its containers answer.`,
    () => 'containerd',
    (fault) => ({ type: 'faultProbe', ...podNamed(fault), probe: fault.probe, active: true }),
    (fault) => ({ type: 'faultProbe', ...podNamed(fault), probe: fault.probe, active: false }),
  ),
  chaos: {
    sentence: () => 'Something else breaks every now and then.',
    // The layer above the kernel makes its faults (chaos.ts).
    start: () => {},
    heal: () => {},
    healed: () => 'Nothing breaks by chance any more; what has, is healed.',
  },
};

/** The kind of a fault that was found to make sense. */
export function kindOf({ kind }: Fault): Kind {
  const known = FAULTS[kind];
  assert(known, `no fault ${kind}`);
  return known;
}

function power(): Pick<Kind, 'heal' | 'healed' | 'hold'> {
  return {
    healed: (fault) => `${targetOf(fault)} has power again, and boots.`,
    hold: (fault) => `power ${targetOf(fault)}`,
    heal: (fault, kernel, _id, others) => {
      if (others.length === 0) kernel.powerOn(targetOf(fault));
    },
  };
}

/** A process that ends, and ends again at each start for as long as the fault lasts. */
function crashing(addressOf: (fault: Fault, kernel: Kernel) => string): Omit<Kind, 'sentence'> {
  return {
    healed: (fault, kernel) => {
      const address = addressOf(fault, kernel);
      const who = capital(spoken(address));
      if (kernel.processes.has(address)) return `${who} runs again, and does not crash any more.`;
      const host = hostOf(address);
      const kubelet = `kubelet@${host}`;
      if (!kernel.machine(host).ran.has('kubelet'))
        return `Nothing crashes ${spoken(address)} any more: its machine starts it again.`;
      if (kernel.processes.has(kubelet))
        return `Nothing crashes ${spoken(address)} any more: the kubelet starts it again.`;
      return `Nothing crashes ${spoken(address)} any more: it starts again once ${spoken(kubelet)} runs.`;
    },
    hold: (fault, kernel) => `failing ${addressOf(fault, kernel)}`,
    start: (fault, kernel) => {
      const address = addressOf(fault, kernel);
      const stays = staysDown(fault);
      if (!kernel.processes.has(address) && !stays) throw new FaultError(`${address} is not running`);
      if (stays) kernel.failing.add(address);
      if (kernel.processes.has(address)) kernel.kill(address, 137);
    },
    heal: (fault, kernel, _id, others) => {
      if (others.length > 0) return;
      const address = addressOf(fault, kernel);
      kernel.failing.delete(address);
      // A restarted kubelet has forgotten its back-offs and starts the container at once.
      if (!kernel.processes.has(address) && kernel.processes.has(`kubelet@${hostOf(address)}`)) {
        kernel.submit(`machine@${hostOf(address)}`, systemctl('stop', 'kubelet'));
        kernel.submit(`machine@${hostOf(address)}`, systemctl('start', 'kubelet'));
      }
    },
  };
}

/** Whether a process that a fault ends stays down as long as the fault lasts. */
export const staysDown = ({ kind, stay, forMs }: Fault): boolean =>
  kind === 'kube-proxy-stop' || stay === true || forMs !== undefined;

function disturbance(
  sentence: Kind['sentence'],
  healed: Kind['sentence'],
  made: (fault: Fault, kernel: Kernel) => Disturbance,
): Kind {
  return {
    sentence,
    healed,
    start: (fault, kernel, id) => kernel.disturb(id, made(fault, kernel)),
    heal: (_fault, kernel, id) => kernel.undisturb(id),
  };
}

/** What processes are told for as long as the fault lasts, also those that start meanwhile. */
function standing(
  sentence: Kind['sentence'],
  healed: Kind['sentence'],
  to: (fault: Fault, kernel: Kernel) => string,
  start: (fault: Fault) => object,
  end: (fault: Fault) => object,
): Kind {
  return {
    sentence,
    healed,
    hold: (fault, kernel) => `${to(fault, kernel)} ${JSON.stringify(end(fault))}`,
    start: (fault, kernel, id) =>
      kernel.disturb(id, { kind: 'order', to: to(fault, kernel), body: start(fault) as Body }),
    heal: (fault, kernel, id, others) => {
      kernel.undisturb(id);
      const last = others.at(-1);
      kernel.order(to(fault, kernel), (last ? start(last) : end(fault)) as Body);
    },
  };
}

function service(name: 'kubelet' | 'containerd'): Kind {
  const kind = standing(
    (fault, kernel) => `${name} on ${nodeOf(fault, kernel)} is stopped.`,
    (fault, kernel) => {
      const host = targetOf(fault);
      return `${name} on ${host} starts again${kernel.machine(host).powered ? '' : ` once ${host} has power`}.`;
    },
    (fault) => `machine@${targetOf(fault)}`,
    () => systemctl('stop', name),
    () => systemctl('start', name),
  );
  const start: Kind['start'] = (fault, kernel, id) => {
    const host = nodeOf(fault, kernel);
    const { powered, ran } = kernel.machine(host);
    if (!powered) throw new FaultError(`${host} has no power: ${name} does not run there`);
    if (!ran.has(name)) throw new FaultError(`${host} is not a node of the cluster: it has no ${name}`);
    kind.start(fault, kernel, id);
  };
  return { ...kind, start };
}

function container(verb: string, exitCode: number, reason?: string): Kind {
  return {
    sentence: (fault, kernel) => `A container of ${podOf(fault, kernel).said} ${verb}.`,
    // Only the runtime that has the pod acts on it.
    start: (fault, kernel) =>
      kernel.order('containerd', { type: 'faultContainer', ...podNamed(fault), exitCode, reason } as Body),
  };
}

function systemctl(action: 'stop' | 'start', name: string): Body {
  return { type: 'systemctl', action, service: name } as Body;
}

// --- words -----------------------------------------------------------------------------------------------------------

/** Names as they are said in sentences; the others are said as they are written, with their machine. */
const SPOKEN: Readonly<Record<string, string>> = {
  apiserver: 'the API server',
  scheduler: 'the scheduler',
  'controller-manager': 'the controller manager',
  'load-balancer': 'the load balancer',
};

const capital = (text: string): string =>
  text.startsWith('the ') ? text.charAt(0).toUpperCase() + text.slice(1) : text;

function spoken(address: string): string {
  const [component = '', host] = address.split('@');
  if (host === undefined) return address === '*' ? 'everything else' : address;
  return `${SPOKEN[component] ?? component} on ${host}`;
}

function said(side: Side): string {
  const names = side.map(spoken);
  return names.length < 2 ? (names[0] as string) : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function between(fault: Fault, kernel: Kernel): string {
  const [a, b] = sidesOf(fault, kernel);
  return `${said(a)} and ${said(b)}`;
}

const probesOf = ({ probe }: Fault): string => (probe ? `The ${probe} probes` : 'Probes');

function span(ms: unknown): string {
  const value = ms as number;
  if (value < 1000) return `${value} ms`;
  if (value < 120_000) return `${Math.round(value / 100) / 10} s`;
  if (value < 7_200_000) return `${Math.round(value / 6_000) / 10} min`;
  return `${Math.round(value / 360_000) / 10} h`;
}

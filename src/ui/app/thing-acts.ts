import type { Node, Pod } from '../../engine/api/generated/types.ts';
import type { ActiveFault, Fault } from '../../engine/door.ts';
import { canCrash } from '../faults/crashable.ts';
import { startDrawing } from '../faults/drawing.ts';
import { wiresOf } from '../faults/sides.ts';
import { attempt } from '../store/cluster.ts';
import { componentOf, hostOf, splitKey } from '../store/keys.ts';
import { mirror } from '../store/mirror.ts';
import { openBreak, type Selection, selectedNode, view } from '../store/view.ts';
import { type Act, connected } from './act.ts';

/** What can be done with an object. */
export const OBJECT_ACTS: readonly Act[] = [
  {
    id: 'delete',
    label: 'Delete',
    keys: ['Delete'],
    group: 'object',
    needsTarget: true,
    enabled: (target) => connected() && target?.type === 'object' && mirror.object(target.key) !== undefined,
    run: (target) => {
      if (target?.type !== 'object') return;
      const { kind, namespace, name } = splitKey(target.key);
      const apiVersion = mirror.object(target.key)?.apiVersion;
      void attempt({ act: 'delete', ref: { apiVersion, kind, namespace, name } });
    },
  },
  {
    id: 'cordon',
    label: 'Cordon',
    group: 'object',
    needsTarget: true,
    enabled: (target) => connected() && nodeObject(target) !== undefined && !isCordoned(target),
    run: (target) => cordon(target, true),
  },
  {
    id: 'uncordon',
    label: 'Uncordon',
    group: 'object',
    needsTarget: true,
    enabled: (target) => connected() && isCordoned(target),
    run: (target) => cordon(target, false),
  },
];

/** What can be broken, and healed. */
export const FAULT_ACTS: readonly Act[] = [
  {
    id: 'power-off',
    label: 'Cut the power',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && isPowered(machineOf(target)) === true,
    run: (target) => inject({ kind: 'node-power-off', target: machineOf(target) }),
  },
  {
    id: 'power-on',
    label: 'Switch it on again',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && isPowered(machineOf(target)) === false,
    run: (target) => healNode(machineOf(target)),
  },
  {
    id: 'reboot',
    label: 'Reboot',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && isPowered(machineOf(target)) === true,
    run: (target) => inject({ kind: 'node-reboot', target: machineOf(target) }),
  },
  {
    id: 'kubelet-stop',
    label: 'Stop the kubelet',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && isRunning(agentOf(target, 'kubelet')),
    run: (target) => inject({ kind: 'kubelet-stop', target: hostOf(agentOf(target, 'kubelet') ?? '') }),
  },
  {
    id: 'runtime-stop',
    label: 'Stop containerd',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && isRunning(agentOf(target, 'containerd')),
    run: (target) => inject({ kind: 'runtime-stop', target: hostOf(agentOf(target, 'containerd') ?? '') }),
  },
  {
    id: 'proxy-stop',
    label: 'Keep kube-proxy down',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && target?.type !== 'component' && isRunning(agentOf(target, 'kube-proxy')),
    run: (target) => inject({ kind: 'kube-proxy-stop', target: hostOf(agentOf(target, 'kube-proxy') ?? '') }),
  },
  {
    id: 'cut-off',
    label: 'Cut its network',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && sideNamed(target) !== undefined && !isCutOff(target),
    run: (target) => inject({ kind: 'partition', target: [sideNamed(target) ?? ''] }),
  },
  {
    id: 'reconnect',
    label: 'Connect it again',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && isCutOff(target),
    run: (target) => {
      for (const { id } of cutsOf(target)) void attempt({ act: 'heal', id });
    },
  },
  {
    id: 'component-crash',
    label: 'Crash',
    group: 'fault',
    needsTarget: true,
    enabled: (target) =>
      connected() && target?.type === 'component' && canCrash(target.address) && isRunning(target.address),
    run: (target) => {
      if (target?.type === 'component') inject({ kind: 'component-crash', target: target.address });
    },
  },
  {
    id: 'component-stop',
    label: 'Crash, and keep it down',
    group: 'fault',
    needsTarget: true,
    enabled: (target) =>
      connected() && target?.type === 'component' && canCrash(target.address) && isRunning(target.address),
    run: (target) => {
      if (target?.type === 'component') inject({ kind: 'component-crash', target: target.address, stay: true });
    },
  },
  {
    id: 'container-crash',
    label: 'Crash a container',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && podOf(target)?.status?.phase === 'Running',
    run: (target) => inject({ kind: 'container-crash', target: podName(target) }),
  },
  {
    id: 'container-oom',
    label: 'Run it out of memory',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && podOf(target)?.status?.phase === 'Running',
    run: (target) => inject({ kind: 'container-oom', target: podName(target) }),
  },
  {
    id: 'image-gone',
    label: 'Take its image away',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && imageOf(target) !== undefined && !isGone(imageOf(target)),
    run: (target) => inject({ kind: 'image-pull-error', target: imageOf(target) }),
  },
  {
    id: 'probe-fail',
    label: 'Fail its readiness probe',
    group: 'fault',
    needsTarget: true,
    enabled: (target) =>
      connected() &&
      podOf(target)?.spec?.containers.some((container) => container.readinessProbe !== undefined) === true,
    run: (target) => inject({ kind: 'probe-fail', target: podName(target) }),
  },
  {
    id: 'registry-down',
    label: 'Take the image registry away',
    group: 'fault',
    enabled: () => connected() && !isGone(undefined),
    run: () => inject({ kind: 'image-pull-error' }),
  },
  {
    id: 'draw-cut',
    label: 'Draw a cut on the diagram…',
    keys: ['x'],
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && (target === null || sideNamed(target) !== undefined),
    run: (target) => {
      const name = sideNamed(target);
      startDrawing({ a: name === undefined ? [] : [name] });
    },
  },
  {
    id: 'break-more',
    label: 'Break it another way…',
    group: 'fault',
    needsTarget: true,
    enabled: (target) => connected() && canBreak(target),
    run: (target) => openBreak(target ?? view.getState().selection),
  },
  {
    id: 'heal-all',
    label: 'Heal everything',
    group: 'fault',
    enabled: () => connected() && mirror.faults.length + mirror.planned.length > 0,
    run: () => void attempt({ act: 'heal' }),
  },
];

function inject(fault: Fault): void {
  void attempt({ act: 'inject', fault });
}

const POWER_FAULTS = new Set(['node-power-off', 'node-reboot']);

function healNode(name: string | undefined): void {
  const off = mirror.faults.filter(({ fault }) => POWER_FAULTS.has(fault.kind) && [fault.target].flat().includes(name));
  for (const { id } of off) void attempt({ act: 'heal', id });
}

function machineOf(target: Selection | null): string | undefined {
  if (target?.type === 'machine') return target.name;
  return selectedNode(target);
}

const isPowered = (name: string | undefined): boolean | undefined =>
  name === undefined ? undefined : mirror.machine(name)?.powered;

const isRunning = (address: string | undefined): boolean =>
  address !== undefined && mirror.component(address)?.running === true;

/** The address of a node's agent: of that agent itself, or of the node that it is on. */
function agentOf(target: Selection | null, agent: 'kubelet' | 'containerd' | 'kube-proxy'): string | undefined {
  if (target?.type === 'component') return componentOf(target.address) === agent ? target.address : undefined;
  const machine = machineOf(target);
  return machine === undefined ? undefined : `${agent}@${machine}`;
}

function nodeObject(target: Selection | null): Node | undefined {
  const name = selectedNode(target);
  return name === undefined ? undefined : mirror.object<Node>(`Node//${name}`);
}

const isCordoned = (target: Selection | null): boolean => nodeObject(target)?.spec?.unschedulable === true;

function cordon(target: Selection | null, unschedulable: boolean): void {
  const node = selectedNode(target);
  if (node !== undefined) void attempt({ act: 'cordon', node, unschedulable });
}

function podOf(target: Selection | null): Pod | undefined {
  if (target?.type !== 'object' || splitKey(target.key).kind !== 'Pod') return undefined;
  return mirror.object<Pod>(target.key);
}

function podName(target: Selection | null): string | undefined {
  if (target?.type !== 'object') return undefined;
  const { namespace, name } = splitKey(target.key);
  return `${namespace}/${name}`;
}

/** The image of the first container. */
const imageOf = (target: Selection | null): string | undefined => podOf(target)?.spec?.containers[0]?.image;

const isGone = (image: string | undefined): boolean =>
  mirror.faults.some(({ fault }) => fault.kind === 'image-pull-error' && fault.target === image);

/** What a machine or component is called where the wires are meant; undefined for one that is down. */
export function sideNamed(target: Selection | null): string | undefined {
  if (target?.type === 'component') return isRunning(target.address) ? wiresOf(target.address) : undefined;
  const machine = machineOf(target);
  return isPowered(machine) === true ? machine : undefined;
}

/** Cuts between it and everything else. */
function cutsOf(target: Selection | null): readonly ActiveFault[] {
  const name = target?.type === 'component' ? wiresOf(target.address) : machineOf(target);
  return mirror.faults.filter(
    ({ fault }) => fault.kind === 'partition' && fault.to === undefined && [fault.target].flat().includes(name),
  );
}

const isCutOff = (target: Selection | null): boolean => cutsOf(target).length > 0;

/** Whether there is any kind of fault for it. */
const canBreak = (target: Selection | null): boolean =>
  target?.type === 'component'
    ? canCrash(target.address) || AGENTS.has(componentOf(target.address))
    : machineOf(target) !== undefined || podOf(target) !== undefined;

const AGENTS = new Set(['kubelet', 'containerd']);

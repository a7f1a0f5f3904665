import type { Node, Pod } from '../../engine/api/generated/types.ts';
import type { Fault } from '../../engine/door.ts';
import type { Speed } from '../../worker/protocol.ts';
import { cluster, isConnected } from '../store/cluster.ts';
import { componentOf, hostOf, splitKey } from '../store/keys.ts';
import { mirror } from '../store/mirror.ts';
import { playback } from '../store/playback.ts';
import { preferences, THEMES } from '../store/preferences.ts';
import { type DockTab, type Selection, selectedNode, view } from '../store/view.ts';

/** One act of the user: what button, shortcut, palette and context menu all read. */
export interface Act {
  readonly id: string;
  readonly label: string;
  /** `KeyboardEvent.key` values, with `Ctrl+`, `Shift+` or `Alt+` before them; the first is shown. */
  readonly keys?: readonly string[];
  readonly group: 'time' | 'view' | 'cluster' | 'object' | 'fault';
  /** Acts on something: offered in its context menu and, for what is selected, in the inspector. */
  readonly needsTarget?: boolean;
  /** Without a target the selection is meant. */
  enabled(target: Selection | null): boolean;
  run(target: Selection | null): void;
}

/** Virtual milliseconds per real one, as the speed menu offers them. */
export const SPEEDS: readonly Speed[] = [
  'story',
  0.001,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2,
  5,
  10,
  30,
  60,
  100,
  300,
  1000,
];

const always = (): boolean => true;
const connected = (): boolean => isConnected() && playback.getState().stopped === undefined;

const TIME: readonly Act[] = [
  {
    id: 'play-pause',
    label: 'Play or pause',
    keys: [' '],
    group: 'time',
    enabled: connected,
    run: () => (playback.getState().playing ? cluster().pause() : cluster().play()),
  },
  {
    id: 'step',
    label: 'Step to the next visible message',
    keys: ['.', 'PageDown'],
    group: 'time',
    enabled: connected,
    run: () => cluster().step(),
  },
  {
    id: 'step-selected',
    label: 'Step to the next message of the selected component',
    keys: ['Shift+>', 'Shift+.'],
    group: 'time',
    enabled: (target) => connected() && target?.type === 'component',
    run: (target) => {
      if (target?.type === 'component') cluster().step(target.address);
    },
  },
  {
    id: 'run-until-idle',
    label: 'Run until nothing is on its way',
    keys: ['End'],
    group: 'time',
    enabled: () => connected() && !mirror.settled,
    run: () => cluster().runUntilIdle(),
  },
  { id: 'slower', label: 'Slower', keys: ['['], group: 'time', enabled: connected, run: () => changeSpeed(-1) },
  { id: 'faster', label: 'Faster', keys: [']'], group: 'time', enabled: connected, run: () => changeSpeed(1) },
  {
    id: 'story',
    label: 'Story pace',
    keys: ['s'],
    group: 'time',
    enabled: connected,
    run: () => cluster().speed('story'),
  },
];

const VIEW: readonly Act[] = [
  {
    id: 'clear-selection',
    label: 'Select nothing',
    keys: ['Escape'],
    group: 'view',
    enabled: always,
    run: () => {
      const { contextMenu, dialog } = view.getState();
      if (contextMenu !== null) view.setState({ contextMenu: null });
      else if (dialog !== null) view.setState({ dialog: null });
      else view.setState({ sheet: null, selection: null });
    },
  },
  {
    id: 'toggle-guide',
    label: 'Show or hide the guide',
    keys: ['g'],
    group: 'view',
    enabled: always,
    run: toggleGuide,
  },
  {
    id: 'toggle-dock',
    label: 'Show or hide the panels below',
    keys: ['d'],
    group: 'view',
    enabled: always,
    run: toggleDock,
  },
  {
    id: 'tab-yaml',
    label: 'Edit and apply YAML',
    keys: ['y'],
    group: 'view',
    enabled: always,
    run: () => showTab('yaml'),
  },
  { id: 'tab-events', label: 'Show events', keys: ['e'], group: 'view', enabled: always, run: () => showTab('events') },
  {
    id: 'tab-messages',
    label: 'Show messages',
    keys: ['m'],
    group: 'view',
    enabled: always,
    run: () => showTab('messages'),
  },
  {
    id: 'tab-rules',
    label: 'Show packet filter rules',
    keys: ['r'],
    group: 'view',
    enabled: always,
    run: () => showTab('rules'),
  },
  {
    id: 'toggle-periodic',
    label: 'Show or hide heartbeats',
    keys: ['h'],
    group: 'view',
    enabled: always,
    run: () => preferences.setState((state) => ({ showPeriodic: !state.showPeriodic })),
  },
  {
    id: 'next-theme',
    label: 'Next theme',
    keys: ['t'],
    group: 'view',
    enabled: always,
    run: () =>
      preferences.setState(({ theme }) => ({ theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system' })),
  },
  {
    id: 'present',
    label: 'Present',
    keys: ['p'],
    group: 'view',
    enabled: always,
    run: () => view.setState((state) => ({ presenting: !state.presenting })),
  },
  {
    id: 'break',
    label: 'Break…',
    keys: ['b'],
    group: 'fault',
    enabled: connected,
    run: () => view.setState({ dialog: 'break' }),
  },
  {
    id: 'new-cluster',
    label: 'New cluster…',
    keys: ['n'],
    group: 'cluster',
    enabled: isConnected,
    run: () => view.setState({ dialog: 'new-cluster' }),
  },
  {
    id: 'keys',
    label: 'Keyboard shortcuts',
    keys: ['?'],
    group: 'view',
    enabled: always,
    run: () => view.setState({ dialog: 'keys' }),
  },
];

const OBJECT: readonly Act[] = [
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
      void cluster().input({ act: 'delete', ref: { apiVersion, kind, namespace, name } });
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

const FAULTS: readonly Act[] = [
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
    enabled: (target) => connected() && isRunning(kubeletOf(target)),
    run: (target) => inject({ kind: 'kubelet-stop', target: hostOf(kubeletOf(target) ?? '') }),
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
    id: 'heal-all',
    label: 'Heal everything',
    group: 'fault',
    enabled: () => connected() && mirror.faults.length > 0,
    run: () => void cluster().input({ act: 'heal' }),
  },
];

/** Every act there is; the order is that of menus. */
export const ACTS: readonly Act[] = [...TIME, ...VIEW, ...OBJECT, ...FAULTS];

const BY_ID = new Map(ACTS.map((act) => [act.id, act]));

export function act(id: string): Act {
  const found = BY_ID.get(id);
  if (found === undefined) throw new Error(`There is no act ${id}.`);
  return found;
}

/** Runs an act on the target, or on what is selected; does nothing when it is not possible now. */
export function runAct(id: string, target: Selection | null = view.getState().selection): void {
  const found = act(id);
  if (found.enabled(target)) found.run(target);
}

/** What can be done with a thing, for its context menu and the inspector. */
export function actsFor(target: Selection, group?: Act['group']): readonly Act[] {
  return ACTS.filter(
    (found) => found.needsTarget === true && (group === undefined || found.group === group) && found.enabled(target),
  );
}

function changeSpeed(by: -1 | 1): void {
  const { speed } = playback.getState();
  const numbers = SPEEDS.filter((candidate) => typeof candidate === 'number');
  // Story pace shows most things at 1/40: from there one goes up or down.
  const current = speed === 'story' ? 0.025 : speed;
  const next =
    by > 0 ? numbers.find((candidate) => candidate > current) : numbers.findLast((candidate) => candidate < current);
  if (next !== undefined) cluster().speed(next);
}

function toggleGuide(): void {
  preferences.setState((state) => ({ leftOpen: !state.leftOpen }));
  view.setState((state) => ({ sheet: state.sheet === 'guide' ? null : 'guide' }));
}

function toggleDock(): void {
  preferences.setState((state) => ({ dockOpen: !state.dockOpen }));
  view.setState((state) => ({ sheet: state.sheet === 'dock' ? null : 'dock' }));
}

export function showTab(dockTab: DockTab): void {
  preferences.setState({ dockOpen: true });
  view.setState({ dockTab, sheet: 'dock' });
}

function inject(fault: Fault): void {
  void cluster().input({ act: 'inject', fault });
}

function healNode(name: string | undefined): void {
  const active = mirror.faults.filter(
    ({ fault }) => fault.target === name || (Array.isArray(fault.target) && fault.target.includes(name)),
  );
  for (const { id } of active) void cluster().input({ act: 'heal', id });
}

function machineOf(target: Selection | null): string | undefined {
  if (target?.type === 'machine') return target.name;
  return selectedNode(target);
}

const isPowered = (name: string | undefined): boolean | undefined =>
  name === undefined ? undefined : mirror.machine(name)?.powered;

const isRunning = (address: string | undefined): boolean =>
  address !== undefined && mirror.component(address)?.running === true;

function kubeletOf(target: Selection | null): string | undefined {
  if (target?.type === 'component') return componentOf(target.address) === 'kubelet' ? target.address : undefined;
  const machine = machineOf(target);
  return machine === undefined ? undefined : `kubelet@${machine}`;
}

/** The kubelet has a fault of its own: systemd does not restart it when it was stopped. */
function canCrash(address: string): boolean {
  return !['kubelet', 'machine', 'kubectl', 'cni'].includes(componentOf(address));
}

function nodeObject(target: Selection | null): Node | undefined {
  const name = selectedNode(target);
  return name === undefined ? undefined : mirror.object<Node>(`Node//${name}`);
}

const isCordoned = (target: Selection | null): boolean => nodeObject(target)?.spec?.unschedulable === true;

function cordon(target: Selection | null, unschedulable: boolean): void {
  const node = selectedNode(target);
  if (node !== undefined) void cluster().input({ act: 'cordon', node, unschedulable });
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

import type { Speed } from '../../worker/protocol.ts';
import { drawing, endDrawing } from '../faults/drawing.ts';
import { cluster, isConnected } from '../store/cluster.ts';
import { mirror } from '../store/mirror.ts';
import { playback } from '../store/playback.ts';
import { preferences, THEMES } from '../store/preferences.ts';
import { isInPast, returnToNewest, stepBack } from '../store/seek.ts';
import { type DockTab, openBreak, type Selection, view } from '../store/view.ts';
import { type Act, connected } from './act.ts';
import { FAULT_ACTS, OBJECT_ACTS } from './thing-acts.ts';

export type { Act } from './act.ts';

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
    id: 'step-back',
    label: 'Step back to the last visible message',
    keys: [',', 'PageUp'],
    group: 'time',
    enabled: connected,
    run: () => {
      cluster().pause();
      stepBack();
    },
  },
  {
    id: 'to-newest',
    label: 'Return to the newest moment',
    keys: ['0'],
    group: 'time',
    enabled: () => connected() && isInPast(),
    run: returnToNewest,
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
      else if (drawing.getState().form !== undefined) endDrawing();
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
    run: () => {
      view.setState({ toWrite: true });
      showTab('yaml');
    },
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
    run: () => openBreak(null),
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
    id: 'history',
    label: 'History and branches…',
    keys: ['i'],
    group: 'cluster',
    enabled: isConnected,
    run: () => view.setState({ dialog: 'history' }),
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

/** Every act there is; the order is that of menus. */
export const ACTS: readonly Act[] = [...TIME, ...VIEW, ...OBJECT_ACTS, ...FAULT_ACTS];

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

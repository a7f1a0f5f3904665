import { useCallback, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { KubernetesObject } from '../../engine/api/object.ts';
import type { ActiveFault, Caption, ComponentView, HealthLine, MachineView } from '../../engine/door.ts';
import { type Comparison, comparison } from './comparison.ts';
import { mirror } from './mirror.ts';
import { type Past, past } from './past.ts';
import { isPast, type PlaybackState, playback } from './playback.ts';
import { type Preferences, preferences } from './preferences.ts';
import { type View, view } from './view.ts';

/** Reads from the mirror and renders again when the topic changes; `read` must give the same value until then. */
export function useMirror<T>(topic: string, read: () => T): T {
  const subscribe = useCallback((listener: () => void) => mirror.subscribe(topic, listener), [topic]);
  return useSyncExternalStore(subscribe, read);
}

export const useObject = <T extends KubernetesObject = KubernetesObject>(key: string): T | undefined =>
  useMirror(`object:${key}`, () => mirror.object<T>(key));

export const useKeysOfKind = (kind: string): readonly string[] =>
  useMirror(`kind:${kind}`, () => mirror.keysOfKind(kind));

export const usePodsOnNode = (node: string): readonly string[] =>
  useMirror(`node-pods:${node}`, () => mirror.podsOnNode(node));

export const useUnboundPods = (): readonly string[] => useMirror('unbound-pods', () => mirror.unboundPods());

export const useOwnedBy = (uid: string): readonly string[] => useMirror(`owned:${uid}`, () => mirror.ownedBy(uid));

export const useMachineNames = (): readonly string[] => useMirror('machines', () => mirror.machineNames());

export const useMachine = (name: string): MachineView | undefined =>
  useMirror(`machine:${name}`, () => mirror.machine(name));

export const useAddresses = (): readonly string[] => useMirror('components', () => mirror.addresses());

export const useComponent = (address: string): ComponentView | undefined =>
  useMirror(`component:${address}`, () => mirror.component(address));

export const useCaptions = (): readonly Caption[] => useMirror('captions', () => mirror.captions);
export const useFaults = (): readonly ActiveFault[] => useMirror('faults', () => mirror.faults);
export const usePlannedFaults = (): readonly ActiveFault[] => useMirror('faults', () => mirror.planned);
export const useHealth = (): readonly HealthLine[] => useMirror('health', () => mirror.health);
export const useRevision = (): number => useMirror('revision', () => mirror.etcdRevision);
export const useIsReady = (): boolean => useMirror('now', () => mirror.ready);

/** Virtual time of the last frame, rounded down: renders at most once per `granularityMs` of virtual time. */
export const useNow = (granularityMs = 1): number =>
  useMirror('now', () => Math.floor(mirror.now / granularityMs) * granularityMs);

export const usePlayback = <T>(read: (state: PlaybackState) => T): T => useStore(playback, read);
export const useComparison = <T>(read: (state: Comparison) => T): T => useStore(comparison, read);
export const usePast = <T>(read: (state: Past) => T): T => useStore(past, read);
export const useIsPast = (): boolean => useStore(playback, isPast);
export const useView = <T>(read: (state: View) => T): T => useStore(view, read);
export const usePreferences = <T>(read: (state: Preferences) => T): T => useStore(preferences, read);

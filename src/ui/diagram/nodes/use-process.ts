import { useCallback, useSyncExternalStore } from 'react';
import type { ComponentView } from '../../../engine/door.ts';
import { componentOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useAddresses } from '../../store/selectors.ts';

/** A view's fields, of which any may be missing. */
export const fieldsOf = (view: ComponentView | undefined): Record<string, unknown> =>
  (view?.view ?? {}) as Record<string, unknown>;

export const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** The process that a card shows when there are several: the leader, else one that runs. */
export function useProcess(component: string): ComponentView | undefined {
  const id = useAddresses()
    .filter((address) => componentOf(address) === component)
    .join(' ');
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = id.split(' ').map((address) => mirror.subscribe(`component:${address}`, listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [id],
  );
  return useSyncExternalStore(subscribe, () => shownOf(id.split(' ')));
}

export function shownOf(addresses: readonly string[]): ComponentView | undefined {
  const views = addresses.map((address) => mirror.component(address));
  const running = views.filter((view) => view?.running === true);
  // A leader that was cut off still takes itself for one: the newest term counts.
  const leaders = running.filter((view) => isLeading(view)).sort((a, b) => termOf(b) - termOf(a));
  return leaders[0] ?? running[0] ?? views[0];
}

export function isLeading(view: ComponentView | undefined): boolean {
  const { leading, role } = fieldsOf(view);
  return view?.running === true && (leading === true || role === 'leader');
}

const termOf = (view: ComponentView | undefined): number => number(fieldsOf(view).term) ?? 0;

import { useCallback, useSyncExternalStore } from 'react';
import type { ActiveFault } from '../../../engine/door.ts';
import { type Act, actsFor } from '../../app/acts.ts';
import { timeLeft } from '../../faults/time-left.ts';
import { ActButton } from '../../shared/ActButton.tsx';
import { Button } from '../../shared/Button.tsx';
import { Icon } from '../../shared/icons.tsx';
import { attempt } from '../../store/cluster.ts';
import { componentOf, hostOf, splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { playback } from '../../store/playback.ts';
import { useFaults, useNow } from '../../store/selectors.ts';
import { type Selection, selectionId } from '../../store/view.ts';
import styles from './BreakIt.module.css';
import { TEXT } from './messages.ts';
import { Section } from './parts.tsx';

/** What can be broken about a thing, and what of it is broken now. */
export function BreakIt({ target }: { readonly target: Selection }) {
  const ids = useFittingActs(target, 'fault');
  const broken = useFaults().filter((fault) => concerns(fault, target));
  const now = useNow(1000);
  if (ids.length === 0 && broken.length === 0) return null;
  return (
    <Section title={TEXT.breakIt}>
      {broken.length > 0 && (
        <ul className={styles.broken} aria-label={TEXT.brokenNow}>
          {broken.map((fault) => (
            <li key={fault.id} className={styles.fault}>
              <Icon name="bolt" size={14} />
              <span className={styles.sentence}>
                {fault.sentence} <small>{timeLeft(fault, now)}</small>
              </span>
              <Button small onClick={() => void attempt({ act: 'heal', id: fault.id })}>
                {TEXT.heal}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <ActButtons ids={ids} target={target} danger />
    </Section>
  );
}

/** What can be done with it otherwise. */
export function ChangeIt({ target }: { readonly target: Selection }) {
  const ids = useFittingActs(target, 'object');
  if (ids.length === 0) return null;
  return (
    <Section title={TEXT.change}>
      <ActButtons ids={ids} target={target} />
    </Section>
  );
}

function ActButtons({ ids, target, danger }: { ids: readonly string[]; target: Selection; danger?: boolean }) {
  if (ids.length === 0) return null;
  return (
    <div className={styles.buttons}>
      {ids.map((id) => (
        <ActButton key={id} id={id} target={target} look={danger && !HEALING.has(id) ? 'danger' : 'outlined'} />
      ))}
    </div>
  );
}

const HEALING = new Set(['power-on', 'reconnect', 'draw-cut', 'break-more']);

/** Ids of the acts that are possible now; the same array until one comes or goes. */
function useFittingActs(target: Selection, group: Act['group']): readonly string[] {
  const id = selectionId(target);
  // biome-ignore lint/correctness/useExhaustiveDependencies: equal selections have equal ids.
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = [
        ...topicsOf(target).map((topic) => mirror.subscribe(topic, listener)),
        playback.subscribe(listener),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    [id],
  );
  const joined = useSyncExternalStore(subscribe, () =>
    actsFor(target, group)
      .map((act) => act.id)
      .join(' '),
  );
  return joined === '' ? [] : joined.split(' ');
}

function topicsOf(target: Selection): readonly string[] {
  switch (target.type) {
    case 'object': {
      const { kind, name } = splitKey(target.key);
      const topics = ['faults', `object:${target.key}`];
      return kind === 'Node' ? [...topics, `machine:${name}`, `component:kubelet@${name}`] : topics;
    }
    case 'component':
      return ['faults', `component:${target.address}`];
    case 'machine':
      return ['faults', `machine:${target.name}`];
    default:
      return ['faults'];
  }
}

/** Whether a fault was done to this thing. */
function concerns({ fault }: ActiveFault, target: Selection): boolean {
  const targets = [fault.target ?? [], fault.to ?? []].flat();
  switch (target.type) {
    case 'object': {
      const { kind, namespace, name } = splitKey(target.key);
      if (kind === 'Node') return targets.includes(name);
      return (
        kind === 'Pod' && targets.some((to) => to === `${namespace}/${name}` || to.startsWith(`${namespace}/${name}/`))
      );
    }
    case 'machine':
      return targets.includes(target.name);
    case 'component': {
      if (targets.includes(target.address)) return true;
      const own = { 'kubelet-stop': 'kubelet', 'runtime-stop': 'containerd', 'kube-proxy-stop': 'kube-proxy' }[
        fault.kind
      ];
      return own === componentOf(target.address) && targets.includes(hostOf(target.address));
    }
    default:
      return false;
  }
}

import { useState } from 'react';
import type { FaultKind } from '../../engine/door.ts';
import parts from '../shared/Form.module.css';
import { componentOf, splitKey } from '../store/keys.ts';
import { useAddresses, useKeysOfKind, useMachineNames } from '../store/selectors.ts';
import { canCrash } from './crashable.ts';
import styles from './faults.module.css';
import { few } from './few.ts';
import { Field, Narrow } from './fields.tsx';
import { TEXT } from './messages.ts';

interface TargetProps {
  readonly on: FaultKind['on'];
  readonly choices: readonly string[];
  readonly target: string;
  onTarget(name: string): void;
}

/** Which thing a fault is done to. */
export function Target({ on, choices, target, onTarget }: TargetProps) {
  if (on === 'cluster' || on === 'sides') return null;
  return (
    <Field label={TEXT.targets[on]}>
      {(id) =>
        on === 'image' ? (
          <input
            id={id}
            className={parts.input}
            value={target}
            placeholder="nginx:1.27"
            onChange={(event) => onTarget(event.target.value)}
          />
        ) : (
          <OneOf id={id} choices={choices} target={target} onTarget={onTarget} />
        )
      }
    </Field>
  );
}

/** As many as can be chosen from without searching. */
const MANY = 25;

/** A list to choose from; a long one is narrowed by a part of the name. */
function OneOf({ id, choices, target, onTarget }: Omit<TargetProps, 'on'> & { readonly id: string }) {
  const [asked, setAsked] = useState('');
  const isLong = choices.length > MANY;
  const { shown, more } = few(choices, [target], isLong ? asked : '', MANY);
  const ask = (text: string): void => {
    setAsked(text);
    const [first] = few(choices, [], text, 1).shown;
    if (first !== undefined && !target.toLowerCase().includes(text.trim().toLowerCase())) onTarget(first);
  };
  return (
    <div className={styles.narrowed}>
      {isLong && <Narrow of={choices.length} text={asked} onText={ask} />}
      <select id={id} className={parts.input} value={target} onChange={(event) => onTarget(event.target.value)}>
        {shown.map((name) => (
          <option key={name}>{name}</option>
        ))}
        {more > 0 && <option disabled>{TEXT.andMore(more)}</option>}
      </select>
    </div>
  );
}

/** What a fault of this kind can be done to. */
export function useChoices(on: FaultKind['on']): readonly string[] {
  const machines = useMachineNames();
  const addresses = useAddresses();
  const pods = useKeysOfKind('Pod');
  switch (on) {
    case 'machine':
      // Workers first: that is what mostly breaks.
      return machines.toSorted((a, b) => Number(a.includes('control-plane')) - Number(b.includes('control-plane')));
    case 'component':
      return addresses.filter(canCrash);
    case 'etcd':
      return addresses.filter((address) => componentOf(address) === 'etcd');
    case 'pod':
      return pods.map((key) => {
        const { namespace, name } = splitKey(key);
        return `${namespace}/${name}`;
      });
    default:
      return [];
  }
}

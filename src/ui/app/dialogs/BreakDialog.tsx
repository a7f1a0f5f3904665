import { useId, useState } from 'react';
import { Button } from '../../shared/Button.tsx';
import { Dialog } from '../../shared/Dialog.tsx';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { cluster } from '../../store/cluster.ts';
import { componentOf, hostOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useAddresses, useFaults, useMachineNames } from '../../store/selectors.ts';
import { type Selection, view } from '../../store/view.ts';
import { type Act, act, actsFor } from '../acts.ts';
import { TEXT } from '../messages.ts';
import styles from './dialogs.module.css';

const close = (): void => view.setState({ dialog: null });

/** What can be broken from here, and what is broken already; pods are broken from their own menu. */
export function BreakDialog() {
  return (
    <Dialog title={TEXT.breakTitle} closeLabel={TEXT.close} onClose={close}>
      <BrokenNow />
      <Nodes />
      <ControlPlane />
      <p className={styles.note}>{TEXT.breakNote}</p>
    </Dialog>
  );
}

function BrokenNow() {
  const faults = useFaults();
  if (faults.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{TEXT.brokenNow}</h3>
      <ul className={styles.list}>
        {faults.map(({ id, sentence }) => (
          <li key={id} className={styles.row}>
            <span className={styles.grow}>{sentence}</span>
            <Button small onClick={() => void cluster().input({ act: 'heal', id })}>
              {TEXT.heal}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One node at a time: there may be fifty. Workers first, because that is what mostly breaks. */
function Nodes() {
  const names = useMachineNames().toSorted((a, b) => Number(isControlPlane(a)) - Number(isControlPlane(b)));
  const [chosen, setChosen] = useState(names[0] ?? '');
  const id = useId();
  if (names.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>
        <label htmlFor={id}>{TEXT.breakNode}</label>
      </h3>
      <div className={styles.row}>
        <select id={id} className={styles.input} value={chosen} onChange={(event) => setChosen(event.target.value)}>
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <Acts target={{ type: 'object', key: `Node//${chosen}` }} />
      </div>
    </section>
  );
}

const isControlPlane = (name: string): boolean => mirror.machine(name)?.role === 'control-plane';

const CONTROL_PLANE = ['apiserver', 'etcd', 'scheduler', 'controller-manager'];

function ControlPlane() {
  const addresses = useAddresses().filter((address) => CONTROL_PLANE.includes(componentOf(address)));
  const hasMany = new Set(addresses.map(hostOf)).size > 1;
  const registry = act('registry-down');
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{TEXT.breakParts}</h3>
      <ul className={styles.list}>
        {addresses.map((address) => (
          <li key={address} className={styles.row}>
            <span className={styles.grow}>
              <Hue component={componentOf(address)} />
              {componentName(componentOf(address))}
              {hasMany && ` on ${hostOf(address)}`}
            </span>
            <Acts target={{ type: 'component', address }} />
          </li>
        ))}
        {registry.enabled(null) && (
          <li className={styles.row}>
            <span className={styles.grow}>
              <Hue component="containerd" />
              {TEXT.registry}
            </span>
            <ActNow act={registry} target={null} />
          </li>
        )}
      </ul>
    </section>
  );
}

function Acts({ target }: { readonly target: Selection }) {
  return actsFor(target, 'fault').map((found) => <ActNow key={found.id} act={found} target={target} />);
}

function ActNow({ act: found, target }: { readonly act: Act; readonly target: Selection | null }) {
  return (
    <Button
      small
      onClick={() => {
        found.run(target);
        close();
      }}
    >
      {found.label}
    </Button>
  );
}

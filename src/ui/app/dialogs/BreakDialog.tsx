import { Button } from '../../shared/Button.tsx';
import { Dialog } from '../../shared/Dialog.tsx';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { cluster } from '../../store/cluster.ts';
import { componentOf, hostOf } from '../../store/keys.ts';
import { useAddresses, useFaults, useMachineNames } from '../../store/selectors.ts';
import { type Selection, view } from '../../store/view.ts';
import { actsFor } from '../acts.ts';
import { TEXT } from '../messages.ts';
import styles from './dialogs.module.css';

const close = (): void => view.setState({ dialog: null });

/** Everything that can be broken, and what is broken already. */
export function BreakDialog() {
  const machines = useMachineNames();
  const addresses = useAddresses();
  const faults = useFaults();
  const targets: { readonly label: string; readonly component: string; readonly target: Selection }[] = [
    ...machines.map((name) => ({
      label: name,
      component: 'machine',
      target: { type: 'object', key: `Node//${name}` } as const,
    })),
    ...addresses
      .filter((address) => componentOf(address) !== 'kubelet')
      .map((address) => ({
        label: `${componentName(componentOf(address))} on ${hostOf(address)}`,
        component: componentOf(address),
        target: { type: 'component', address } as const,
      })),
  ];
  return (
    <Dialog title={TEXT.breakTitle} closeLabel={TEXT.close} onClose={close}>
      {faults.length > 0 && (
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
      )}
      <ul className={styles.list}>
        {targets.map(({ label, component, target }) => {
          const acts = actsFor(target, 'fault');
          if (acts.length === 0) return null;
          return (
            <li key={label} className={styles.row}>
              <span className={styles.grow}>
                <Hue component={component} /> {label}
              </span>
              {acts.map((act) => (
                <Button
                  key={act.id}
                  small
                  onClick={() => {
                    act.run(target);
                    close();
                  }}
                >
                  {act.label}
                </Button>
              ))}
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}

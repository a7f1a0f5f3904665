import { Dialog } from '../../shared/Dialog.tsx';
import { Kbd } from '../../shared/Kbd.tsx';
import { view } from '../../store/view.ts';
import { ACTS } from '../acts.ts';
import { TEXT } from '../messages.ts';
import styles from './dialogs.module.css';

const close = (): void => view.setState({ dialog: null });

/** Every act that has a key. */
export function KeysDialog() {
  return (
    <Dialog title={TEXT.keys} closeLabel={TEXT.close} onClose={close}>
      <dl className={styles.keys}>
        {ACTS.filter((act) => act.keys !== undefined).map((act) => (
          <div key={act.id} className={styles.key}>
            <dt>{act.label}</dt>
            <dd>
              {act.keys?.map((value) => (
                <Kbd key={value} value={value} />
              ))}
            </dd>
          </div>
        ))}
        <div className={styles.key}>
          <dt>{TEXT.moveOnDiagram}</dt>
          <dd>
            <Kbd value="←" />
            <Kbd value="↑" />
            <Kbd value="↓" />
            <Kbd value="→" />
          </dd>
        </div>
      </dl>
    </Dialog>
  );
}

import { Button } from '../../shared/Button.tsx';
import { Icon } from '../../shared/icons.tsx';
import { durationText } from '../../shared/time.ts';
import { cluster } from '../../store/cluster.ts';
import { past } from '../../store/past.ts';
import { returnToNewest } from '../../store/seek.ts';
import { useIsPast, useNow, usePast, usePlayback } from '../../store/selectors.ts';
import { TEXT } from './messages.ts';
import styles from './PastNotice.module.css';

/** Says that what is shown is not the newest moment, and that an act has begun a branch. */
export function PastNotice() {
  const isPast = useIsPast();
  return (
    <>
      {isPast && <InThePast />}
      <Begun />
    </>
  );
}

function InThePast() {
  const now = useNow(100);
  const newest = usePlayback((state) => state.newest);
  return (
    <section className={styles.past} aria-label={TEXT.pastLabel}>
      <Icon name="history" />
      <p className={styles.text}>
        <b>{TEXT.past(durationText(Math.max(0, newest - now)))}</b> <span>{TEXT.pastHint}</span>
      </p>
      <Button small look="primary" onClick={returnToNewest}>
        {TEXT.toNewest}
      </Button>
    </section>
  );
}

function Begun() {
  const begun = usePast((state) => state.begun);
  const known = usePast((state) => state.view);
  const branch = known?.branches.find(({ id }) => id === begun);
  const parent = known?.branches.find(({ id }) => id === branch?.parent);
  if (branch === undefined || parent === undefined || known?.current !== begun) return null;
  const close = (): void => past.setState({ begun: undefined });
  return (
    <section className={styles.begun} role="status">
      <Icon name="branch" />
      <p className={styles.text}>{TEXT.begun(branch.name, parent.name)}</p>
      <Button
        small
        onClick={() => {
          close();
          cluster().seek(Number.MAX_VALUE, parent.id);
        }}
      >
        {TEXT.back(parent.name)}
      </Button>
      <Button small look="plain" icon="close" label={TEXT.close} onClick={close} />
    </section>
  );
}

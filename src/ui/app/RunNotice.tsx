import { Button } from '../shared/Button.tsx';
import { Icon } from '../shared/icons.tsx';
import { clockText } from '../shared/time.ts';
import { past } from '../store/past.ts';
import { usePast } from '../store/selectors.ts';
import { TEXT } from './messages.ts';
import styles from './Stopped.module.css';

/** How far a run is loaded, and what came of it. */
export function RunNotice() {
  const loading = usePast((state) => state.loading);
  const loaded = usePast((state) => state.loaded);
  if (loading !== undefined) {
    return (
      <div role="status" className={styles.fallback}>
        <Icon name="history" />
        <p>{TEXT.loadingRun(Math.floor(loading * 100))}</p>
      </div>
    );
  }
  if (loaded === undefined) return null;
  const { error, differsAt, name } = loaded;
  const isGood = error === undefined && differsAt === undefined;
  return (
    <div role={isGood ? 'status' : 'alert'} className={isGood ? styles.fallback : styles.stopped}>
      <Icon name={isGood ? 'check' : 'warning'} />
      <p className={styles.grow}>
        {error !== undefined
          ? TEXT.notLoaded(name, error)
          : differsAt !== undefined
            ? TEXT.loadedDiffers(name, clockText(differsAt))
            : TEXT.loadedExactly(name)}
      </p>
      <Button small look="plain" icon="close" label={TEXT.close} onClick={() => past.setState({ loaded: undefined })} />
    </div>
  );
}

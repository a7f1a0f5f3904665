import { useState } from 'react';
import { Button } from '../shared/Button.tsx';
import { Icon } from '../shared/icons.tsx';
import { runThatStopped } from '../store/cluster.ts';
import { usePlayback, useView } from '../store/selectors.ts';
import { view } from '../store/view.ts';
import { TEXT } from './messages.ts';
import { saveRun } from './runs.ts';
import styles from './Stopped.module.css';

/** Says why the engine has no thread of its own: the page works, but may stutter. */
export function Fallback() {
  const reason = usePlayback((state) => state.fallback);
  const [isShown, setShown] = useState(true);
  if (reason === undefined || !isShown) return null;
  return (
    <div role="status" className={styles.fallback}>
      <Icon name="info" />
      <p>
        {TEXT.fallback} <span>({reason})</span>
      </p>
      <Button small look="plain" icon="close" label={TEXT.close} onClick={() => setShown(false)} />
    </div>
  );
}

/** Says why the last act was not done. */
export function Refused() {
  const refusal = useView((state) => state.refusal);
  if (refusal === null) return null;
  return (
    <div role="alert" className={styles.fallback}>
      <Icon name="info" />
      <p>{TEXT.refused(refusal.act, refusal.message)}</p>
      <Button small look="plain" icon="close" label={TEXT.close} onClick={() => view.setState({ refusal: null })} />
    </div>
  );
}

/** Says that the engine failed an assertion, and offers the run that reproduces it. */
export function Stopped() {
  const message = usePlayback((state) => state.stopped);
  const [isCopied, setCopied] = useState(false);
  if (message === undefined) return null;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(JSON.stringify(runThatStopped(), null, 2));
    setCopied(true);
  };
  return (
    <div role="alert" className={styles.stopped}>
      <Icon name="warning" />
      <p>
        <b>{TEXT.stopped}</b> <code>{message}</code>
      </p>
      <Button small icon="copy" onClick={() => void copy()}>
        {isCopied ? TEXT.copied : TEXT.copyRun}
      </Button>
      <Button small icon="save" onClick={() => void saveRun()}>
        {TEXT.saveRun}
      </Button>
    </div>
  );
}

import { useState } from 'react';
import styles from './AddressNotice.module.css';
import { Button } from './Button.tsx';
import { Icon } from './icons.tsx';

/** What of the page's address was not understood, until it is closed. */
export function AddressNotice({ problems, close }: { readonly problems: readonly string[]; readonly close: string }) {
  const [isShown, setShown] = useState(true);
  if (problems.length === 0 || !isShown) return null;
  return (
    <div role="status" className={styles.notice}>
      <Icon name="info" />
      <div className={styles.said}>
        {problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </div>
      <Button small look="plain" icon="close" label={close} onClick={() => setShown(false)} />
    </div>
  );
}

import { useEffect, useState } from 'react';
import styles from './DropZone.module.css';
import { listenToDrops } from './files.ts';
import { TEXT } from './messages.ts';

/** Says, while files are held over the page, that it takes them. */
export function DropZone() {
  const [isOver, setOver] = useState(false);
  useEffect(() => listenToDrops(document, setOver), []);
  if (!isOver) return null;
  return <div className={styles.zone}>{TEXT.dropHere}</div>;
}

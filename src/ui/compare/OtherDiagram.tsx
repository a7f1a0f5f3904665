import { useEffect, useState } from 'react';
import { Diagram } from '../diagram/Diagram.tsx';
import { clusterListener } from '../store/cluster.ts';
import { preferences, showTheme, type Theme } from '../store/preferences.ts';
import styles from './Compare.module.css';
import { TEXT } from './messages.ts';
import type { FromOther, ToOther } from './port.ts';

/** The diagram of the other cluster, in a frame of its own: the page around it sends what there is to show. */
export function OtherDiagram() {
  const [css, setCss] = useState('');
  useEffect(() => {
    preferences.setState({ showMinimap: false });
    const onMessage = ({ origin, source, data }: MessageEvent<ToOther>): void => {
      if (origin !== location.origin || source !== parent) return;
      if (data.type === 'frame') clusterListener.frame(data);
      else {
        setCss(data.css);
        showTheme(document.documentElement, data.theme as Theme);
      }
    };
    addEventListener('message', onMessage);
    const ready: FromOther = { type: 'ready' };
    parent.postMessage(ready, location.origin);
    return () => removeEventListener('message', onMessage);
  }, []);
  if (parent === window) {
    return (
      <main className={styles.lost}>
        <p>{TEXT.noComparison}</p>
        <a href="./index.html">{TEXT.open}</a>
      </main>
    );
  }
  return (
    <main className={styles.alone} aria-label={TEXT.beside}>
      <Diagram />
      <style>{css}</style>
    </main>
  );
}

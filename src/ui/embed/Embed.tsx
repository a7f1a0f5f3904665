import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { Diagram } from '../diagram/Diagram.tsx';
import { CaptionStrip } from '../panels/caption/CaptionStrip.tsx';
import { AddressNotice } from '../shared/AddressNotice.tsx';
import { Button } from '../shared/Button.tsx';
import { clockText } from '../shared/time.ts';
import { cluster, isConnected } from '../store/cluster.ts';
import { showTheme } from '../store/preferences.ts';
import { useNow, usePlayback } from '../store/selectors.ts';
import { Director, stage } from './director.ts';
import styles from './Embed.module.css';
import { TEXT } from './messages.ts';
import type { EmbedOptions } from './options.ts';
import { SCENARIOS } from './scenarios.ts';

/** How much of the frame has to be on the screen for time to run in it. */
const SEEN = 0.1;

/** The diagram without anything around it, for a frame in somebody's page. */
export function Embed({ options }: { readonly options: EmbedOptions }) {
  const element = useRef<HTMLElement>(null);
  const [director] = useState(() => new Director(options));
  const problem = useStore(stage, (state) => state.problem);
  const isInPage = usePlayback((state) => state.fallback !== undefined);
  useEffect(() => showTheme(document.documentElement, options.theme), [options.theme]);
  useEffect(() => {
    if (element.current === null) return;
    return runWhileSeen(element.current, () => void director.start(options.autoplay));
  }, [director, options.autoplay]);
  return (
    <main ref={element} className={styles.embed} aria-label={SCENARIOS[options.scenario].title}>
      <h1 className="visually-hidden">{SCENARIOS[options.scenario].title}</h1>
      <AddressNotice problems={options.problems} close={TEXT.close} />
      {/* The wheel scrolls the page that the frame is in; with Ctrl it zooms. */}
      <div
        className={styles.diagram}
        onWheelCapture={(event) => {
          if (!event.ctrlKey) event.stopPropagation();
        }}
      >
        <Diagram isEmbedded />
      </div>
      {options.caption && (
        <div className={styles.caption}>
          <CaptionStrip />
        </div>
      )}
      {problem !== undefined && (
        <p role="alert" className={styles.problem}>
          {TEXT.refused} {problem}
        </p>
      )}
      <Controls director={director} options={options} />
      {isInPage && <p className="visually-hidden">{TEXT.inPage}</p>}
    </main>
  );
}

function Controls({ director, options }: { readonly director: Director; readonly options: EmbedOptions }) {
  const isSet = useStore(stage, (state) => state.isSet);
  const isPlaying = usePlayback((state) => state.playing);
  const now = useNow();
  const { seed } = options;
  return (
    <div role="toolbar" aria-label={TEXT.controls} className={styles.controls}>
      <Button
        small
        look="primary"
        icon={isPlaying ? 'pause' : 'play'}
        label={isPlaying ? TEXT.pause : TEXT.play}
        disabled={!isSet}
        onClick={() => (isPlaying ? cluster().pause() : director.play())}
      />
      <Button small icon="step" disabled={!isSet} onClick={() => director.step()}>
        {TEXT.step}
      </Button>
      <Button small look="plain" disabled={!isSet} onClick={() => void director.start(options.autoplay)}>
        {TEXT.restart}
      </Button>
      <span className={styles.clock} title={TEXT.clock}>
        {clockText(now)}
      </span>
      <a className={styles.open} href={`./index.html?seed=${seed}`} target="_blank" rel="noopener">
        {TEXT.open}
      </a>
    </div>
  );
}

/** Starts when the frame first comes on the screen; time stands still while it is off it, or its tab is hidden. */
function runWhileSeen(target: Element, start: () => void): () => void {
  let isSeen = false;
  let hasStarted = false;
  const tell = (): void => {
    if (isSeen && !hasStarted) {
      hasStarted = true;
      start();
      // The engine's own listener for hidden tabs has to come before this one, which knows more.
      document.addEventListener('visibilitychange', tell);
    }
    if (isConnected()) cluster().visible(isSeen && document.visibilityState === 'visible');
  };
  const observer = new IntersectionObserver(
    (entries) => {
      isSeen = (entries.at(-1)?.intersectionRatio ?? 0) >= SEEN;
      tell();
    },
    { threshold: [0, SEEN] },
  );
  observer.observe(target);
  return () => {
    observer.disconnect();
    document.removeEventListener('visibilitychange', tell);
  };
}

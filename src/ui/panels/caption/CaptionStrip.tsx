import { useEffect, useState } from 'react';
import type { Caption } from '../../../engine/door.ts';
import { TEXT } from '../../app/messages.ts';
import { Hue } from '../../shared/Hue.tsx';
import { durationText } from '../../shared/time.ts';
import { mirror } from '../../store/mirror.ts';
import { useCaptions, usePlayback } from '../../store/selectors.ts';
import { selectMessage, selectObject } from '../../store/view.ts';
import styles from './CaptionStrip.module.css';
import { parts } from './parts.ts';
import { repeats } from './repeats.ts';

/** At most one announcement in this time: a screen reader has to be able to finish its sentence. */
const ANNOUNCE_EVERY_MS = 1500;

/** The newest caption, drawn under the diagram and read out. */
export function CaptionStrip() {
  const captions = useCaptions();
  const newest = captions.at(-1);
  const times = repeats(captions, mirror.machineNames());
  return (
    <section className={styles.strip} aria-label={TEXT.caption}>
      <p className={styles.text}>
        {newest === undefined ? <span className={styles.none}>{TEXT.noCaption}</span> : <Sentence caption={newest} />}
        {times > 1 && <span className={styles.times}>{TEXT.times(times)}</span>}
      </p>
      <Pace newestAt={newest?.at} />
      <Announcer />
    </section>
  );
}

/** Shorter skips show on the clock and the timeline only: a blink needs no word. */
const SHORTEST_SAID_MS = 100;

/** Real time for which a skip is there to be read, whatever is said meanwhile. */
const SAID_FOR_MS = 2_000;

/** What Story pace does that is not slow: it has skipped to here, or hurries. */
function Pace({ newestAt = Number.NEGATIVE_INFINITY }: { readonly newestAt: number | undefined }) {
  const skip = usePlayback(({ skips, frameNow }) => skips.findLast(({ to }) => to <= frameNow));
  const hurry = usePlayback((state) => state.hurry);
  const isPlaying = usePlayback((state) => state.playing);
  const [read, setRead] = useState(skip);
  useEffect(() => {
    const timer = setTimeout(() => setRead(skip), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [skip]);
  if (hurry !== undefined && hurry >= 1.5) {
    return <span className={styles.pace}>{TEXT.hurry(hurry < 10 ? hurry.toFixed(1) : Math.round(hurry))}</span>;
  }
  if (skip === undefined || skip.to - skip.from < SHORTEST_SAID_MS) return null;
  // Once something was said since, it is past, but not before it could be read; a step says at once what it has come to.
  if (isPlaying ? skip.to <= newestAt && skip === read : skip.to < newestAt) return null;
  return <span className={styles.pace}>{TEXT.skipped(durationText(skip.to - skip.from))}</span>;
}

function Sentence({ caption }: { readonly caption: Caption }) {
  return (
    <>
      <button
        type="button"
        className={styles.hue}
        aria-label={`Message: ${caption.text}`}
        onClick={() => selectMessage(caption.messageId)}
      >
        <Hue component={caption.component} />
      </button>
      {parts(caption.text, caption.objects).map((part, i) =>
        part.key === undefined || mirror.object(part.key) === undefined ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never change places.
          <span key={i}>{part.text}</span>
        ) : (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never change places.
            key={i}
            type="button"
            className={styles.name}
            onClick={() => selectObject(part.key ?? '')}
          >
            {part.text}
          </button>
        ),
      )}
    </>
  );
}

/** The live region: of a burst of captions only the last is said. */
function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = mirror.subscribe('captions', () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setText(mirror.captions.at(-1)?.text ?? '');
      }, ANNOUNCE_EVERY_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  return (
    <p className="visually-hidden" aria-live="polite">
      {text}
    </p>
  );
}

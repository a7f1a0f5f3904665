import { type ReactNode, useEffect, useRef, useState } from 'react';
import { clockText } from '../../shared/time.ts';
import { useNow, usePlayback } from '../../store/selectors.ts';
import { view } from '../../store/view.ts';
import { runAct } from '../acts.ts';
import { TEXT } from './messages.ts';
import styles from './Presenter.module.css';

/** How long the keys are told at the start. */
const HELP_MS = 6000;

/** The arrangement for a room: full screen, large type, diagram and caption only. Driven by keys or a clicker. */
export function Presenter({ diagram, caption }: { readonly diagram: ReactNode; readonly caption: ReactNode }) {
  const element = useRef<HTMLElement>(null);
  const [isBlank, setBlank] = useState(false);
  const showsHelp = useForAWhile(HELP_MS);
  useEffect(() => {
    element.current?.focus();
    return fullScreen(document.documentElement);
  }, []);
  useEffect(
    () =>
      listenToPresenterKeys(document, {
        step: () => {
          setBlank(false);
          runAct('step');
        },
        blank: () => setBlank((was) => !was),
        leave,
      }),
    [],
  );
  return (
    <main ref={element} tabIndex={-1} className={styles.presenter}>
      <h1 className="visually-hidden">{TEXT.title}</h1>
      <div className={styles.stage}>
        <div className={styles.diagram}>{diagram}</div>
        <div className={styles.caption}>{caption}</div>
      </div>
      <Status />
      {showsHelp && !isBlank && <p className={styles.help}>{TEXT.help}</p>}
      <button type="button" className={styles.leave} onClick={leave}>
        {TEXT.leave}
      </button>
      {isBlank && (
        <div className={styles.blank} role="status" aria-label={TEXT.blank}>
          <span className="visually-hidden">{TEXT.blank}</span>
        </div>
      )}
    </main>
  );
}

function Status() {
  const now = useNow();
  const isPlaying = usePlayback((state) => state.playing);
  return (
    <p className={styles.status}>
      {clockText(now)}
      {!isPlaying && <span> · {TEXT.paused}</span>}
    </p>
  );
}

const leave = (): void => view.setState({ presenting: false });

/** Full screen as long as it is shown; leaving it by the browser's own Escape leaves the presentation. */
function fullScreen(root: HTMLElement): () => void {
  const onChange = (): void => {
    if (document.fullscreenElement === null) leave();
  };
  // Without a click before it, or in a frame that may not, the browser refuses: then it is as large as the window.
  root.requestFullscreen?.().catch(() => undefined);
  document.addEventListener('fullscreenchange', onChange);
  return () => {
    document.removeEventListener('fullscreenchange', onChange);
    if (document.fullscreenElement !== null) void document.exitFullscreen();
  };
}

interface PresenterActs {
  step(): void;
  blank(): void;
  leave(): void;
}

/** What a clicker sends (PageDown, and `b` or `.` for a blank screen on some; here `.` steps), before the page's own keys. */
function listenToPresenterKeys(target: Document, acts: PresenterActs): () => void {
  const keys: Record<string, () => void> = {
    PageDown: acts.step,
    '.': acts.step,
    ArrowRight: acts.step,
    b: acts.blank,
    B: acts.blank,
    Escape: acts.leave,
    p: acts.leave,
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const run = keys[event.key];
    if (run === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  target.addEventListener('keydown', onKeyDown, { capture: true });
  return () => target.removeEventListener('keydown', onKeyDown, { capture: true });
}

function useForAWhile(ms: number): boolean {
  const [isNow, setNow] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setNow(false), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return isNow;
}

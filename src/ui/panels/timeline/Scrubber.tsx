import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react';
import { Icon } from '../../shared/icons.tsx';
import { MenuButton } from '../../shared/Menu.tsx';
import { clockText, durationText } from '../../shared/time.ts';
import { cluster } from '../../store/cluster.ts';
import { past } from '../../store/past.ts';
import { playback } from '../../store/playback.ts';
import { seek, stepBack, stepOn } from '../../store/seek.ts';
import { useNow, usePast, usePlayback } from '../../store/selectors.ts';
import { view } from '../../store/view.ts';
import { TEXT } from './messages.ts';
import styles from './Scrubber.module.css';
import { ScrubberPainter } from './scrubber-painter.ts';

const SMALL_STEP_MS = 1_000;
const LARGE_STEP_MS = 30_000;

/** The whole run as a slider, and its branches. */
export function Scrubber() {
  return (
    <div className={styles.row}>
      <BranchMenu />
      <Track />
    </div>
  );
}

function Track() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<ScrubberPainter>(undefined);
  const now = useNow(100);
  const newest = usePlayback((state) => Math.ceil(state.newest / 100) * 100);
  useEffect(() => {
    if (canvas.current === null) return;
    const made = new ScrubberPainter(canvas.current);
    painter.current = made;
    return made.start();
  }, []);

  const goTo = (event: PointerEvent<HTMLDivElement>): void => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    seek(painter.current?.timeAt(x) ?? 0);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    cluster().pause();
    painter.current?.hold(true);
    goTo(event);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) goTo(event);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!moveByKey(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      className={styles.track}
      aria-label={TEXT.scrubber}
      aria-valuemin={0}
      aria-valuemax={Math.max(newest, now)}
      aria-valuenow={now}
      aria-valuetext={
        now < newest ? TEXT.inThePast(clockText(now), durationText(newest - now)) : TEXT.atNewest(clockText(now))
      }
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => painter.current?.hold(false)}
      onPointerCancel={() => painter.current?.hold(false)}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} className={styles.canvas} />
    </div>
  );
}

/** True when the key was one of the slider's. */
function moveByKey(key: string): boolean {
  const { frameNow } = playback.getState();
  const move = {
    ArrowLeft: stepBack,
    ArrowRight: stepOn,
    ArrowDown: () => seek(frameNow - SMALL_STEP_MS),
    ArrowUp: () => seek(frameNow + SMALL_STEP_MS),
    PageDown: () => seek(frameNow - LARGE_STEP_MS),
    PageUp: () => seek(frameNow + LARGE_STEP_MS),
    Home: () => seek(0),
    End: () => seek(Number.MAX_VALUE),
  }[key];
  if (move === undefined) return false;
  if (key !== 'End') cluster().pause();
  move();
  return true;
}

function BranchMenu() {
  const name = usePast(({ view: known }) => known?.branches.find(({ id }) => id === known.current)?.name);
  const count = usePast(({ view: known }) => known?.branches.length ?? 0);
  if (name === undefined) return <span className={styles.branch} />;
  return (
    <MenuButton label={TEXT.branches(name, count)} className={styles.branch} up items={branchItems}>
      <Icon name="branch" size={14} />
      <span className={styles.name}>{name}</span>
    </MenuButton>
  );
}

function branchItems() {
  const known = past.getState().view;
  const branches = (known?.branches ?? []).map(({ id, name, end }) => ({
    id: String(id),
    label: name,
    hint: clockText(end).slice(2, -4),
    checked: id === known?.current,
    run: () => cluster().seek(Number.MAX_VALUE, id),
  }));
  return [...branches, { id: 'all', label: TEXT.manage, run: () => view.setState({ dialog: 'history' }) }];
}

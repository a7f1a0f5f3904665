import { TEXT as FAULTS } from '../faults/messages.ts';
import { timeLeft, wholeSeconds } from '../faults/time-left.ts';
import { Health } from '../panels/health/Health.tsx';
import { ActButton } from '../shared/ActButton.tsx';
import { Icon } from '../shared/icons.tsx';
import { MenuButton } from '../shared/Menu.tsx';
import { clockText, rateText } from '../shared/time.ts';
import { PHONE, useMedia } from '../shared/use-media.ts';
import { attempt, cluster, isConnected } from '../store/cluster.ts';
import { preferences, THEMES } from '../store/preferences.ts';
import { useFaults, useNow, usePlannedFaults, usePlayback, usePreferences } from '../store/selectors.ts';
import { openBreak } from '../store/view.ts';
import { ACTS, runAct, SPEEDS } from './acts.ts';
import { Logo } from './Logo.tsx';
import { TEXT } from './messages.ts';
import styles from './TopBar.module.css';

/** Name, time, and what one can do with the whole cluster. */
export function TopBar() {
  const isPhone = useMedia(PHONE);
  return (
    <header className={styles.bar}>
      <h1 className={styles.name}>
        <Logo />
        <span className={isPhone ? 'visually-hidden' : undefined}>{TEXT.product}</span>
      </h1>
      <TimeControls />
      <div className={styles.end}>
        <Health />
        <Faults />
        {!isPhone && (
          <>
            <ActButton id="break" icon="bolt" className={styles.wideOnly} />
            <ActButton id="new-cluster" className={styles.wideOnly} />
            <ActButton id="history" look="plain" icon="history" iconOnly className={styles.wideOnly} />
            <ThemeMenu />
            <ActButton id="present" look="primary" />
          </>
        )}
        <span className={styles.tightOnly}>
          <MenuButton label={TEXT.moreActs} align="end" items={moreActs}>
            <Icon name="menu" />
          </MenuButton>
        </span>
      </div>
    </header>
  );
}

function TimeControls() {
  const isPhone = useMedia(PHONE);
  const isPlaying = usePlayback((state) => state.playing);
  return (
    <fieldset className={styles.time}>
      <legend className="visually-hidden">{TEXT.time}</legend>
      <ActButton
        id="play-pause"
        look="primary"
        icon={isPlaying ? 'pause' : 'play'}
        iconOnly
        aria-label={isPlaying ? TEXT.pause : TEXT.play}
        title={`${isPlaying ? TEXT.pause : TEXT.play} (Space)`}
      />
      <ActButton id="step-back" look="plain" icon="stepBack" iconOnly className={styles.wideOnly} />
      <ActButton id="step" look="plain" icon="step" iconOnly={isPhone} className={styles.step}>
        {TEXT.step}
      </ActButton>
      <ActButton id="run-until-idle" look="plain" icon="idle" iconOnly className={styles.wideOnly} />
      <Clock />
      <SpeedMenu />
    </fieldset>
  );
}

function Clock() {
  const isPhone = useMedia(PHONE);
  const now = useNow();
  return (
    <span className={styles.clock} title={TEXT.clock}>
      {isPhone ? clockText(now).replace(/^T\+(00:)?/, '') : clockText(now)}
    </span>
  );
}

function SpeedMenu() {
  const speed = usePlayback((state) => state.speed);
  const rate = usePlayback((state) => state.rate);
  const isStory = speed === 'story';
  return (
    <MenuButton
      label={TEXT.speed}
      className={styles.speed}
      align="end"
      items={() =>
        SPEEDS.map((option) => ({
          id: String(option),
          label: option === 'story' ? TEXT.story : rateText(option),
          checked: option === speed,
          disabled: !isConnected(),
          run: () => cluster().speed(option),
        }))
      }
    >
      {isStory && <b className={styles.story}>{TEXT.story}</b>}
      <span className={styles.rate}>{isStory && rate === 0 ? TEXT.paused : rateText(isStory ? rate : speed)}</span>
      <Icon name="chevronDown" size={12} />
    </MenuButton>
  );
}

function Faults() {
  const faults = useFaults();
  const planned = usePlannedFaults();
  const now = useNow(1000);
  if (faults.length + planned.length === 0) return null;
  return (
    <MenuButton
      label={TEXT.activeFaults(faults.length, planned.length)}
      className={styles.faults}
      align="end"
      items={() => [
        ...faults.map((fault) => ({
          id: fault.id,
          label: FAULTS.healOf(fault.sentence),
          hint: timeLeft(fault, now),
          run: () => void attempt({ act: 'heal', id: fault.id }),
        })),
        ...planned.map((fault) => ({
          id: fault.id,
          label: `${FAULTS.callOff}: ${fault.sentence}`,
          hint: FAULTS.inTime(wholeSeconds(fault.since - now)),
          run: () => void attempt({ act: 'heal', id: fault.id }),
        })),
        { id: 'heal-all', label: TEXT.healAll, run: () => runAct('heal-all') },
        { id: 'all', label: TEXT.allFaults, run: () => openBreak(null) },
      ]}
    >
      <Icon name="bolt" size={14} />
      {faults.length > 0 && faults.length}
      {planned.length > 0 && (
        <span className={styles.planned}>
          <Icon name="clock" size={12} />
          {planned.length}
        </span>
      )}
    </MenuButton>
  );
}

function ThemeMenu() {
  const theme = usePreferences((state) => state.theme);
  return (
    <MenuButton
      label={TEXT.theme}
      align="end"
      items={() =>
        THEMES.map((option) => ({
          id: option,
          label: TEXT.themes[option],
          checked: option === theme,
          run: () => preferences.setState({ theme: option }),
        }))
      }
    >
      <Icon name="sun" />
    </MenuButton>
  );
}

/** What the bar has no room for. */
function moreActs() {
  const ids = [
    'break',
    'draw-cut',
    'new-cluster',
    'history',
    'step-back',
    'run-until-idle',
    'story',
    'next-theme',
    'toggle-periodic',
    'present',
  ];
  return ACTS.filter((act) => ids.includes(act.id)).map((act) => ({
    id: act.id,
    label: act.label,
    disabled: !act.enabled(null),
    run: () => act.run(null),
  }));
}

import { lazy, type ReactNode, type RefObject, Suspense, useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import type { Input } from '../../../worker/protocol.ts';
import { runAct } from '../../app/acts.ts';
import web from '../../examples/web.yaml?raw';
import { ActButton } from '../../shared/ActButton.tsx';
import { Button } from '../../shared/Button.tsx';
import { Icon } from '../../shared/icons.tsx';
import { cluster, isConnected } from '../../store/cluster.ts';
import { componentOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { playback } from '../../store/playback.ts';
import { preferences } from '../../store/preferences.ts';
import { useAddresses, useMachineNames, useMirror, usePlayback } from '../../store/selectors.ts';
import { view } from '../../store/view.ts';
import styles from './Guide.module.css';
import {
  hasReached,
  hasWorker,
  MILESTONES,
  type Milestone,
  type Progress,
  podCount,
  reachedWhen,
  victim,
} from './journey.ts';
import { TEXT } from './messages.ts';
import { followMirror, guide } from './progress.ts';
import { Question } from './Question.tsx';

const Next = lazy(() => import('./Next.tsx').then(({ Next }) => ({ default: Next })));

type Chapter = keyof typeof TEXT.chapters;

/** Each chapter with its milestones; it is over when the last of them is reached. */
const CHAPTERS: readonly { readonly id: Chapter; readonly milestones: readonly Milestone[] }[] = [
  { id: 'running', milestones: ['running'] },
  { id: 'deploy', milestones: ['stored', 'pods', 'placed', 'ready', 'listed'] },
  { id: 'cut', milestones: ['cut'] },
  { id: 'healing', milestones: ['noticed', 'unlisted', 'evicted', 'replaced', 'whole'] },
  { id: 'end', milestones: [] },
];

/** The left column: from an empty cluster to one that healed itself, step by step. */
export function Guide() {
  useEffect(followMirror, []);
  const progress = useStore(guide, (state) => state.progress);
  const current = CHAPTERS.findIndex(
    ({ milestones }) => !milestones.every((milestone) => hasReached(progress, milestone)) || milestones.length === 0,
  );
  return (
    <div className={styles.guide}>
      <header className={styles.head}>
        <p className={styles.kicker}>{TEXT.kicker}</p>
        <h2 className={styles.title}>{TEXT.title}</h2>
        <p className={styles.lead}>{TEXT.lead}</p>
        <Button look="plain" small icon="close" label={TEXT.close} className={styles.close} onClick={hide} />
      </header>
      <ol ref={useFollowed(current, progress.count)} className={styles.chapters} aria-label={TEXT.steps}>
        {CHAPTERS.map(({ id }, i) => (
          <li key={id} className={styles.chapter} aria-current={i === current ? 'step' : undefined}>
            <span className={styles.mark} aria-hidden="true">
              {i < current && <Icon name="check" size={12} />}
            </span>
            <div className={styles.content}>
              <h3 className={styles.chapterTitle}>
                {TEXT.chapters[id].title}
                <span className="visually-hidden">
                  {' '}
                  ({i < current ? TEXT.done : i === current ? TEXT.now : TEXT.later})
                </span>
              </h3>
              {id === 'running' && i <= current && current <= 1 && <Machines />}
              {i === current && <Now chapter={id} progress={progress} />}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Where the guide is longer than its column, a new chapter comes to the top, and what was just reached into view. */
function useFollowed(chapter: number, reached: number): RefObject<HTMLOListElement | null> {
  const list = useRef<HTMLOListElement>(null);
  const seen = useRef({ chapter, reached });
  useEffect(() => {
    const before = seen.current;
    seen.current = { chapter, reached };
    const current = list.current?.querySelector('[aria-current]');
    if (before.chapter !== chapter) current?.scrollIntoView({ block: 'start' });
    else if (before.reached !== reached)
      [...(current?.querySelectorAll('[data-reached]') ?? [])].at(-1)?.scrollIntoView({ block: 'nearest' });
  }, [chapter, reached]);
  return list;
}

function Now({ chapter, progress }: { readonly chapter: Chapter; readonly progress: Progress }) {
  const isAsked = useStore(guide, (state) => state.isAsked);
  switch (chapter) {
    case 'running':
      return null;
    case 'deploy':
      return isAsked || hasReached(progress, 'stored') ? (
        <Underway chapter="deploy" progress={progress} />
      ) : (
        <>
          <p>{TEXT.chapters.deploy.text}</p>
          <Primary onClick={() => void act({ act: 'apply', text: web, title: 'web.yaml' })}>{TEXT.deploy}</Primary>
        </>
      );
    case 'cut':
      return <BeforeTheCut progress={progress} />;
    case 'healing':
      return (
        <>
          <p>{TEXT.chapters.healing.text}</p>
          <Underway chapter="healing" progress={progress} />
          <NoWorker progress={progress} />
          <Question isOver={false} />
        </>
      );
    case 'end':
      return (
        <>
          <p>{TEXT.chapters.end.text}</p>
          <Question isOver />
          <Milestones of={['cut', ...milestonesOf('healing')]} progress={progress} />
          <Suspense>
            <Next />
          </Suspense>
        </>
      );
  }
}

/** What there is, of whatever size the cluster is. */
function Machines() {
  const roles = useMachineNames().map((name) => mirror.machine(name)?.role);
  const count = (wanted: string): number => roles.filter((role) => role === wanted).length;
  const members = useAddresses().filter((address) => componentOf(address) === 'etcd').length;
  return <p>{TEXT.chapters.running.text(count('control-plane'), count('worker'), count('etcd'), members > 2)}</p>;
}

function BeforeTheCut({ progress }: { readonly progress: Progress }) {
  const node = useMirror('any-machine', () => victim(mirror));
  if (node === undefined) return <Milestones of={milestonesOf('deploy')} progress={progress} />;
  return (
    <>
      <p>{TEXT.chapters.cut.text(node, podCount(mirror, node))}</p>
      <Question isOver={false} />
      <Primary danger onClick={() => void act({ act: 'inject', fault: { kind: 'node-power-off', target: node } })}>
        {TEXT.cut(node)}
      </Primary>
    </>
  );
}

function Underway({ chapter, progress }: { readonly chapter: 'deploy' | 'healing'; readonly progress: Progress }) {
  const isPaused = usePlayback((state) => !state.playing && state.rate === 0);
  const milestones = milestonesOf(chapter);
  return (
    <>
      {chapter === 'deploy' && <p>{TEXT.working}</p>}
      <Milestones of={chapter === 'healing' ? ['cut', ...milestones] : milestones} progress={progress} />
      {isPaused ? (
        <p className={styles.hint}>{TEXT.paused}</p>
      ) : (
        <ActButton id="run-until-idle" small icon="idle">
          {TEXT.hurry}
        </ActButton>
      )}
    </>
  );
}

/** Where the only worker has lost its power, healing waits for it. */
function NoWorker({ progress }: { readonly progress: Progress }) {
  const node = progress.cut?.node;
  const isNone = useMirror('any-machine', () => !hasWorker(mirror));
  if (!isNone || node === undefined || !hasReached(progress, 'replaced')) return null;
  return (
    <>
      <p className={styles.hint}>{TEXT.noWorkerLeft(node)}</p>
      <Button small look="primary" onClick={() => runAct('power-on', { type: 'object', key: `Node//${node}` })}>
        {TEXT.powerBack(node)}
      </Button>
    </>
  );
}

const milestonesOf = (chapter: Chapter): readonly Milestone[] =>
  CHAPTERS.find(({ id }) => id === chapter)?.milestones ?? [];

function Milestones({ of, progress }: { readonly of: readonly Milestone[]; readonly progress: Progress }) {
  return (
    <ul className={styles.milestones}>
      {of.map((milestone) => {
        if (milestone === 'running') return null;
        const [title, text] = TEXT.milestones[milestone];
        const at = reachedWhen(progress, milestone);
        const { cut } = progress;
        const isAfterCut = MILESTONES.indexOf(milestone) > MILESTONES.indexOf('cut');
        const showsTime = at !== undefined && cut !== undefined && isAfterCut;
        return (
          <li
            key={milestone}
            className={at === undefined ? styles.open : styles.reached}
            data-reached={at === undefined ? undefined : ''}
          >
            {at === undefined ? <span className={styles.ring} aria-hidden="true" /> : <Icon name="check" size={14} />}
            <div>
              <b>{title}</b>
              <span className="visually-hidden"> ({at === undefined ? TEXT.later : TEXT.done})</span>
              {showsTime && <small className={styles.when}>{TEXT.after(at - cut.at)}</small>}
              {at !== undefined && <p>{text}</p>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Primary({
  onClick,
  danger,
  children,
}: {
  readonly onClick: () => void;
  readonly danger?: boolean;
  readonly children: ReactNode;
}) {
  const problem = useStore(guide, (state) => state.problem);
  const isReady = useMirror('now', () => mirror.ready);
  return (
    <>
      <Button
        look={danger ? 'danger' : 'primary'}
        icon={danger ? 'bolt' : 'play'}
        className={styles.primary}
        disabled={!isReady}
        onClick={onClick}
      >
        {children}
      </Button>
      {problem !== undefined && (
        <p role="alert" className={styles.problem}>
          {TEXT.refused} {problem}
        </p>
      )}
    </>
  );
}

/** Does it, and lets time run, so that something is seen to happen. */
async function act(input: Input): Promise<void> {
  if (!isConnected()) return;
  const done = cluster().input(input);
  if (!playback.getState().playing) cluster().play();
  guide.setState({ isAsked: true });
  const { error, results } = await done;
  const refusal = results?.find(({ verb }) => verb === 'failed')?.status?.message;
  const problem = error?.message ?? refusal;
  // What was done is seen a little later: until then it is still on its way.
  guide.setState(problem === undefined ? { problem } : { problem, isAsked: false });
}

function hide(): void {
  preferences.setState({ leftOpen: false, visited: true });
  view.setState({ sheet: null });
}

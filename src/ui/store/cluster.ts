import type { ActiveFault, ApplyResult, ClusterOptions, MessageView } from '../../engine/door.ts';
import type { Compared, Frames, Loading, OtherFrame } from '../../worker/client.ts';
import type { CompareWith, HistoryView, Input, Query, QueryAnswers, Run, Speed } from '../../worker/protocol.ts';
import { comparison, endComparison, tellOther } from './comparison.ts';
import { mirror } from './mirror.ts';
import { past } from './past.ts';
import { KEPT_SKIPS, playback } from './playback.ts';
import { view } from './view.ts';

/** What came of an input. */
export interface InputResult {
  readonly results?: readonly ApplyResult[];
  /** For each result, the line of the text (from 1) that it is about. */
  readonly lines?: readonly number[];
  readonly fault?: ActiveFault;
  /** What was wrong, and where in the text when it is there (1-based). */
  readonly error?: { readonly message: string; readonly line?: number; readonly column?: number };
}

/** The page's end of the line to the engine; worker/client.ts makes one. */
export interface ClusterClient {
  create(options: ClusterOptions, start: { readonly playing: boolean; readonly speed: Speed }): void;
  input(input: Input): Promise<InputResult>;
  query<Q extends Query>(query: Q): Promise<QueryAnswers[Q['ask']]>;
  play(): void;
  pause(): void;
  speed(speed: Speed): void;
  step(component?: string): void;
  runUntilIdle(): void;
  visible(visible: boolean): void;
  /** Shows another time of a branch, the shown one when none is named. */
  seek(at: number, branch?: number): void;
  renameBranch(branch: number, name: string): void;
  deleteBranch(branch: number): void;
  load(run: Run): void;
  compare(what: CompareWith | null): void;
}

/** What the client calls when something arrives. */
export interface ClusterListener {
  frame(message: Pick<Frames, 'frame' | 'epoch' | 'playback'> & Partial<Frames>): void;
  history(view: HistoryView): void;
  loading(message: Loading): void;
  otherFrame(message: OtherFrame): void;
  compared(message: Compared): void;
  stopped(message: string, run: Run): void;
}

let client: ClusterClient | undefined;
let stoppedRun: Run | undefined;

/** The line to the engine; fails before `useClient` was called, which the entry does first. */
export function cluster(): ClusterClient {
  if (client === undefined) throw new Error('No engine is connected.');
  return client;
}

/** Does it; when it is refused, a notice says why. */
export async function attempt(input: Input): Promise<void> {
  view.setState({ refusal: null });
  const { error } = await cluster().input(input);
  if (error !== undefined) view.setState({ refusal: { act: input.act, message: error.message } });
}

export const isConnected = (): boolean => client !== undefined;

export function connectCluster(made: ClusterClient): void {
  client = made;
}

/** Frames go to the mirror, playback to its store. */
export const clusterListener: ClusterListener = {
  frame({ frame, epoch, playback: state, place, record }) {
    const { run, branch } = mirror;
    if (place !== undefined && place.run !== run) {
      endComparison();
      playback.setState({ stopped: undefined, skips: [] });
      // The first one takes the place of nothing, or of the same cluster as the build recorded it.
      if (run > 0) forgetRun();
    }
    const pointedAt = place === undefined || place.branch === branch ? [] : messagesPointedAt();
    mirror.apply(frame, epoch, place, record);
    for (const message of pointedAt) if (!isSameMessage(message, mirror.message(message.id))) forgetMessage(message.id);
    const newest = place?.newest ?? frame.now;
    const at = { frameWallMs: performance.now(), frameNow: frame.now, newest };
    const { skipped, hurry } = state;
    const before = playback.getState().skips;
    const skips = frame.full ? before.filter(({ to }) => to <= frame.now) : before;
    playback.setState({ ...state, hurry, skips: skipped ? [...skips.slice(-KEPT_SKIPS), skipped] : skips, ...at });
  },
  history(view) {
    mirror.know(view.branches);
    past.setState({ view, ...(view.begun !== undefined && { begun: view.begun }) });
  },
  loading(message) {
    if (message.type === 'loading') past.setState({ loading: message.done });
    else past.setState({ loading: undefined, loaded: message });
  },
  otherFrame: ({ frame, epoch }) => tellOther(frame, epoch),
  compared({ type: _, ...news }) {
    comparison.setState((old) => (old.what === null ? old : { ...old, catchingUp: undefined, ...news }));
  },
  stopped(message, run) {
    stoppedRun = run;
    playback.setState({ stopped: message, playing: false, rate: 0 });
  },
};

/** Of another run nothing is left that was said or chosen about this one. */
function forgetRun(): void {
  past.setState({ begun: undefined, loading: undefined, loaded: undefined });
  view.setState({ selection: null, traced: null, contextMenu: null, refusal: null });
}

/** Messages that the page shows by their ids. In another branch the same id may be another message. */
function messagesPointedAt(): readonly MessageView[] {
  const { selection, traced } = view.getState();
  const ids = [
    selection?.type === 'message' ? selection.id : undefined,
    typeof traced === 'number' ? traced : undefined,
  ];
  return ids.flatMap((id) => (id === undefined ? [] : (mirror.message(id) ?? [])));
}

const isSameMessage = (one: MessageView, other: MessageView | undefined): boolean =>
  one.sentAt === other?.sentAt && one.from === other.from && one.to === other.to && one.label === other.label;

function forgetMessage(id: number): void {
  view.setState(({ selection, traced }) => ({
    selection: selection?.type === 'message' && selection.id === id ? null : selection,
    traced: traced === id ? null : traced,
  }));
}

/** The run that stopped the engine, to copy. */
export const runThatStopped = (): Run | undefined => stoppedRun;

import type { FromWorker, HistoryView, Input, Query, QueryAnswers, ToWorker } from './protocol.ts';
import { isRecorded } from './recorded.ts';

type Create = Extract<ToWorker, { type: 'create' }>;
type InputDone = Extract<FromWorker, { type: 'inputDone' }>;
export type Frames = Extract<FromWorker, { type: 'frame' }>;
export type OtherFrame = Extract<FromWorker, { type: 'otherFrame' }>;
export type Compared = Extract<FromWorker, { type: 'compared' }>;
export type Loading = Extract<FromWorker, { type: 'loading' | 'loaded' }>;
export type Stopped = Extract<FromWorker, { type: 'stopped' }>;

export interface EngineListeners {
  frame(message: Frames): void;
  /** The engine failed an assertion and stopped. */
  stopped(message: Stopped): void;
  history(view: HistoryView): void;
  loading(message: Loading): void;
  /** Of the other cluster of a comparison. */
  otherFrame(message: OtherFrame): void;
  compared(message: Compared): void;
  /** No worker could start: the engine runs in the page's own thread. */
  fallback(reason: string): void;
}

/** The page's end of the line to the engine. */
export interface Engine {
  send(message: Exclude<ToWorker, { type: 'input' } | { type: 'query' }>): void;
  /** Resolves when the act has an outcome; never rejects for what Kubernetes or the user got wrong. */
  input(input: Input): Promise<InputDone>;
  query<Q extends Query>(query: Q): Promise<QueryAnswers[Q['ask']]>;
  readonly inWorker: boolean;
  close(): void;
}

interface Line {
  post(message: ToWorker): void;
  close(): void;
}

/** A worker that has not said anything by then is taken for blocked. */
const START_TIMEOUT_MS = 8_000;

/**
 * Starts the engine in a module worker; where that is not possible, in this thread, and says so through `fallback`.
 * `?engine=page` in the address asks for this thread at once.
 */
export function startEngine(listeners: EngineListeners, inPage = false): Engine {
  const pending = new Map<number, (message: never) => void>();
  const unsent: ToWorker[] = [];
  let next = 1;
  let line: Line | undefined;
  let inWorker = false;

  /** Whether the engine has said anything, here or in a worker. */
  let isThere = false;
  /** How many clusters were asked for. */
  let asked = 0;

  /** The default cluster as the build recorded it, until the engine says the same. */
  const foresee = async ({ options, playing, speed }: Create): Promise<void> => {
    const turn = ++asked;
    if (isThere || !isRecorded(options)) return;
    // Without it the engine will say it later.
    const { default: recorded } = await import('./recorded-frame.ts').catch(() => ({ default: undefined }));
    if (recorded === undefined || isThere || asked !== turn) return;
    const playback = { playing, speed, rate: 0 };
    listeners.frame({ ...recorded, epoch: 0, playback, place: { ...recorded.place, run: 0 } });
  };

  const receive = (message: FromWorker): void => {
    isThere = true;
    switch (message.type) {
      case 'frame':
        listeners.frame(message);
        break;
      case 'history':
        listeners.history(message.history);
        break;
      case 'otherFrame':
        listeners.otherFrame(message);
        break;
      case 'compared':
        listeners.compared(message);
        break;
      case 'loading':
      case 'loaded':
        listeners.loading(message);
        break;
      case 'stopped':
        listeners.stopped(message);
        break;
      case 'inputDone':
        pending.get(message.id)?.(message as never);
        pending.delete(message.id);
        break;
      case 'answer':
        pending.get(message.id)?.(message.answer as never);
        pending.delete(message.id);
        break;
    }
  };

  const use = (opened: Line): void => {
    line = opened;
    for (const message of unsent.splice(0)) opened.post(message);
  };

  const runHere = (reason: string): void => {
    listeners.fallback(reason);
    const sent = line === undefined ? [] : history;
    line = undefined;
    void openInPage(receive).then((opened) => {
      unsent.unshift(...sent);
      use(opened);
    });
  };

  /** What was sent to a worker that never answered, to be said again here. */
  const history: ToWorker[] = [];
  let heard = false;
  const hear = (message: FromWorker): void => {
    heard = true;
    history.length = 0;
    receive(message);
  };

  if (inPage) {
    runHere('asked for by the address');
  } else {
    try {
      const worker = new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' });
      inWorker = true;
      let given = false;
      const giveUp = (reason: string): void => {
        if (heard || given) return;
        given = true;
        inWorker = false;
        worker.terminate();
        runHere(reason);
      };
      worker.onmessage = (event: MessageEvent<FromWorker>) => hear(event.data);
      worker.onerror = (event) => giveUp(event.message || 'the worker could not be started');
      const timer = setTimeout(() => giveUp('the worker did not answer'), START_TIMEOUT_MS);
      use({
        post: (message) => {
          if (!heard) history.push(message);
          worker.postMessage(message);
        },
        close: () => {
          clearTimeout(timer);
          worker.terminate();
        },
      });
    } catch (error) {
      inWorker = false;
      runHere(error instanceof Error ? error.message : String(error));
    }
  }

  const send = (message: ToWorker): void => {
    if (message.type === 'create') void foresee(message);
    if (line) line.post(message);
    else unsent.push(message);
  };

  return {
    send,
    input: (input) =>
      new Promise((resolve) => {
        const id = next++;
        pending.set(id, resolve as (message: never) => void);
        send({ type: 'input', id, input });
      }),
    query: (query) =>
      new Promise((resolve) => {
        const id = next++;
        pending.set(id, resolve as (message: never) => void);
        send({ type: 'query', id, query });
      }),
    get inWorker() {
      return inWorker;
    },
    close: () => line?.close(),
  };
}

async function openInPage(receive: (message: FromWorker) => void): Promise<Line> {
  const { Host } = await import('./host.ts');
  const host = new Host(
    // As through a worker: the receiver never runs inside the sender.
    (message) => queueMicrotask(() => receive(message)),
    { now: () => performance.now(), after: (ms, callback) => void setTimeout(callback, ms) },
  );
  return { post: (message) => host.receive(message), close: () => host.receive({ type: 'pause' }) };
}

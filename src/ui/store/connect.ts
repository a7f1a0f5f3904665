import type { ClusterOptions } from '../../engine/door.ts';
import { startEngine } from '../../worker/client.ts';
import type { Speed } from '../../worker/protocol.ts';
import { clusterListener, connectCluster } from './cluster.ts';
import { playback } from './playback.ts';

interface Start {
  readonly options: ClusterOptions;
  readonly playing: boolean;
  readonly speed: Speed;
  /** Run the engine in this thread, without a worker. */
  readonly inPage?: boolean;
}

/** Starts the engine, makes a cluster, and lets its frames into the stores. */
export function connectEngine({ options, playing, speed, inPage }: Start): void {
  const engine = startEngine(
    {
      frame: (message) => clusterListener.frame(message),
      history: (view) => clusterListener.history(view),
      otherFrame: (message) => clusterListener.otherFrame(message),
      compared: (message) => clusterListener.compared(message),
      loading: (message) => clusterListener.loading(message),
      stopped: ({ message, run }) => clusterListener.stopped(message, run),
      fallback: (reason) => playback.setState({ fallback: reason }),
    },
    inPage,
  );
  connectCluster({
    create: (made, start) => engine.send({ type: 'create', options: made, ...start }),
    input: (input) => engine.input(input),
    query: (query) => engine.query(query),
    play: () => engine.send({ type: 'play' }),
    pause: () => engine.send({ type: 'pause' }),
    speed: (to) => engine.send({ type: 'speed', speed: to }),
    step: (component) => engine.send({ type: 'step', component }),
    runUntilIdle: () => engine.send({ type: 'runUntilIdle' }),
    visible: (visible) => engine.send({ type: 'visible', visible }),
    seek: (at, branch) => engine.send({ type: 'seek', at, branch }),
    renameBranch: (branch, name) => engine.send({ type: 'renameBranch', branch, name }),
    deleteBranch: (branch) => engine.send({ type: 'deleteBranch', branch }),
    compare: (what) => engine.send({ type: 'compare', what }),
    load: (run) => engine.send({ type: 'load', run }),
  });
  engine.send({ type: 'create', options, playing, speed });
  const tellVisible = (): void => engine.send({ type: 'visible', visible: document.visibilityState === 'visible' });
  document.addEventListener('visibilitychange', tellVisible);
}

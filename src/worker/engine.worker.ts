import { Host } from './host.ts';
import type { ToWorker } from './protocol.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope & { calledEarly?: true };
const clock = {
  now: () => performance.now(),
  after: (ms: number, callback: () => void) => {
    setTimeout(callback, ms);
  },
};
const host = new Host((message) => scope.postMessage(message), clock, {
  loaded: import('./rest-of-engine.ts'),
  wasMissed: () => scope.calledEarly === true,
});

scope.onmessage = (event: MessageEvent<ToWorker>) => host.receive(event.data);

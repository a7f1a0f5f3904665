import { Host } from './host.ts';
import type { ToWorker } from './protocol.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const clock = {
  now: () => performance.now(),
  after: (ms: number, callback: () => void) => {
    setTimeout(callback, ms);
  },
};
const host = new Host((message) => scope.postMessage(message), clock, import('./rest-of-engine.ts'));

scope.onmessage = (event: MessageEvent<ToWorker>) => host.receive(event.data);

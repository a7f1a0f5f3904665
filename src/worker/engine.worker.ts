import { Host } from './host.ts';
import type { ToWorker } from './protocol.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const host = new Host((message) => scope.postMessage(message), {
  now: () => performance.now(),
  after: (ms, callback) => {
    setTimeout(callback, ms);
  },
});

scope.onmessage = (event: MessageEvent<ToWorker>) => host.receive(event.data);

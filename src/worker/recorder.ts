import type { Caption, Mark, MessageView, SimulatedCluster } from '../engine/index.ts';
import type { RunRecord } from './protocol.ts';

/** As much as the page keeps itself. */
const KEPT_MESSAGES = 4_000;
const KEPT_CAPTIONS = 2_000;
const KEPT_MARKS = 1_000;

/** Writes down what happens in a cluster while nobody looks. */
export interface Recorder {
  take(): RunRecord;
}

export function recordOf(cluster: SimulatedCluster): Recorder {
  let messages: MessageView[] = [];
  let captions: Caption[] = [];
  let marks: Mark[] = [];
  const stop = cluster.observe((frame) => {
    messages = [...messages, ...frame.happened].slice(-KEPT_MESSAGES);
    captions = [...captions, ...frame.captions].slice(-KEPT_CAPTIONS);
    marks = [...marks, ...frame.marks].slice(-KEPT_MARKS);
  });
  return {
    take() {
      stop();
      return { messages, captions, marks };
    },
  };
}

import type { FromWorker } from './protocol.ts';

/**
 * The first frame of `RECORDED` as a worker says it. Nothing here: only the build (scripts/split/) makes that cluster
 * beforehand, so that the page can show it while the engine is still being loaded.
 */
const recorded: Extract<FromWorker, { type: 'frame' }> | undefined = undefined;
export default recorded as Extract<FromWorker, { type: 'frame' }> | undefined;

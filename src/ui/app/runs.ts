import type { Run } from '../../worker/protocol.ts';
import { cluster, runThatStopped } from '../store/cluster.ts';
import { past } from '../store/past.ts';
import { playback } from '../store/playback.ts';

/** How the address of a shared run begins. */
const FRAGMENT = '#run=';

const codec = () => import('../../worker/run-file.ts');

/** The run of the branch that is shown; when the engine has stopped, the one that stopped it. */
async function currentRun(): Promise<Run | undefined> {
  return playback.getState().stopped === undefined ? cluster().query({ ask: 'run' }) : runThatStopped();
}

/** Hands the run to the browser as a file. */
export async function saveRun(): Promise<void> {
  const run = await currentRun();
  if (run === undefined) return;
  const url = URL.createObjectURL(new Blob([JSON.stringify(run, null, 1)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `orrery-${run.name.replaceAll(/[^\w.-]+/g, '-')}.json`;
  link.click();
  URL.revokeObjectURL(url);
}

/** Puts an address that replays the run on the clipboard; says whether it could, and why not. */
export async function copyLink(): Promise<string | undefined> {
  const run = await currentRun();
  if (run === undefined) return 'there is no run';
  try {
    const payload = await (await codec()).runToPayload(run);
    await navigator.clipboard.writeText(`${location.origin}${location.pathname}${FRAGMENT}${payload}`);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether a file's text is a saved run rather than a manifest. */
export const isRunText = (text: string): boolean => /^\s*\{\s*"format"\s*:\s*"orrery-run"/.test(text);

/** Replays a saved run; what is wrong with it is said by the notice. */
export async function loadRunText(text: string, name: string): Promise<void> {
  await load(name, async () => (await codec()).readRun(text));
}

/** Replays the run of the address, if it has one. */
export async function loadRunOfAddress(): Promise<void> {
  const { hash } = location;
  if (!hash.startsWith(FRAGMENT)) return;
  await load('the link', async () => (await codec()).runFromPayload(hash.slice(FRAGMENT.length)));
}

async function load(name: string, read: () => Promise<Run>): Promise<void> {
  past.setState({ loading: 0, loaded: undefined });
  try {
    cluster().load(await read());
  } catch (error) {
    past.setState({ loading: undefined, loaded: { type: 'loaded', name, error: (error as Error).message } });
  }
}

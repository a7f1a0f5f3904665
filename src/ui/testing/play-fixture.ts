import { clusterListener } from '../store/cluster.ts';
import { fixtureFrame, fixtureMessages } from './fixture.ts';

const FRAME_MS = 16;
/** One loop of all messages. */
const LOOP_MS = 4000;

/** Shows a made-up cluster; development only. `#fixture&workers=10&pods=10&varied&still` */
export function playFixture(hash: string): void {
  const options = new URLSearchParams(hash.slice(1));
  const workers = Number(options.get('workers') ?? 3);
  const frame = fixtureFrame({
    workers,
    podsPerWorker: Number(options.get('pods') ?? 4),
    varied: options.has('varied'),
    dead: options.get('dead') ?? undefined,
  });
  const still = options.has('still');
  const playback = { playing: !still, speed: 0.025, rate: 0.025 } as const;
  const messages = (share: number) => fixtureMessages(frame.now, share, Math.min(workers, 12));
  clusterListener.frame({ frame: { ...frame, inFlight: messages(0.35) }, epoch: 1, playback });
  if (still) return;
  let wallMs = 0;
  setInterval(() => {
    wallMs += FRAME_MS;
    const now = frame.now + wallMs / 40;
    const share = (wallMs % LOOP_MS) / LOOP_MS;
    const inFlight = fixtureMessages(now, share, Math.min(workers, 12));
    const quiet = { machines: [], components: [], objects: [], captions: [], marks: [], happened: [] };
    clusterListener.frame({ frame: { ...frame, ...quiet, now, full: false, inFlight }, epoch: 1, playback });
  }, FRAME_MS);
}

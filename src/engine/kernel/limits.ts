/** Messages of the past (heartbeats apart) that are kept with their whole bodies. */
export const MAX_HISTORY = 100_000;
/** Messages of the past that `why` can follow, the older ones without most of their bodies: some 100 MB when it is full. */
export const MAX_CAUSES = 400_000;
/** Heartbeats of the past that can still be looked at. */
export const MAX_HEARTBEATS = 16_384;
/** Acts and faults that are kept. */
export const MAX_ACTS = 2_000;
/** Messages delivered in one `advance` before the engine calls it a livelock and stops. */
export const MAX_MESSAGES_PER_MOMENT = 200_000;
/** Connections whose host stops answering are given up after this: HTTP/2 ping after 30 s idle, 15 s to answer. */
export const CONNECTION_LOST_AFTER_MS = 45_000;
/** A request to a machine without power fails after this: Go's dialer as client-go sets it up. */
export const DIAL_TIMEOUT_MS = 30_000;
/** Messages of one frame, as `Frame` documents. */
export const MAX_FRAME_IN_FLIGHT = 600;
export const MAX_FRAME_HAPPENED = 400;
/** A message that leaves later than this is not in line with the others of its connection until it leaves. */
export const WAITS_ASIDE_MS = 20;

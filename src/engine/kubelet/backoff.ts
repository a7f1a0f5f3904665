import type { BackOff } from './state.ts';

/** CrashLoopBackOff and image pulls: 10 s, doubling to 5 min. Source: pkg/kubelet/kubelet.go, pkg/kubelet/images */
const BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 300_000;

/** Twice the longest wait without a failure, and it starts anew. Source: staging/src/k8s.io/client-go/util/flowcontrol/backoff.go */
const isExpired = (backOff: BackOff, at: number): boolean => at - backOff.at > 2 * MAX_BACK_OFF_MS;

/** When what failed at that time may be tried again; 0 when it may at once. */
export function backOffEnd(backOff: BackOff | undefined, failedAt: number, now: number): number {
  if (backOff === undefined || isExpired(backOff, failedAt)) return 0;
  const end = failedAt + backOff.delayMs;
  return now < end ? end : 0;
}

/** The back-off after one more failure. */
export function nextBackOff(backOff: BackOff | undefined, failedAt: number, now: number): BackOff {
  if (backOff === undefined || isExpired(backOff, failedAt)) return { delayMs: BACK_OFF_MS, at: now };
  return { delayMs: Math.min(2 * backOff.delayMs, MAX_BACK_OFF_MS), at: now };
}

/** A duration as Go prints it: `10s`, `1m20s`, `523ms`, `1.5s`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1) return `${trim(ms * 1000)}µs`;
  if (ms < 1000) return `${trim(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${trim((ms % 60_000) / 1000)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

const trim = (value: number): string => String(Math.floor(value * 1000 + 0.5) / 1000);

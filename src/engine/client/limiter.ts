/** A token bucket in virtual time, as client-go's flow control: `burst` at once, then `qps` a second. */
export interface Limiter {
  readonly qps: number;
  readonly burst: number;
  tokens: number;
  at: number;
}

export function newLimiter(qps: number, burst: number): Limiter {
  return { qps, burst, tokens: burst, at: 0 };
}

/** Takes a token and says how long to wait for it, in ms. */
export function reserve(limiter: Limiter, now: number): number {
  limiter.tokens = Math.min(limiter.burst, limiter.tokens + (Math.max(0, now - limiter.at) / 1000) * limiter.qps);
  limiter.at = now;
  limiter.tokens -= 1;
  return limiter.tokens >= 0 ? 0 : Math.ceil((-limiter.tokens / limiter.qps) * 1000);
}

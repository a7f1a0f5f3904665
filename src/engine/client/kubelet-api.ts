import type { Body } from '../kernel/types.ts';

/** What the API server asks the kubelet on port 10250, for `pods/log` and `pods/exec`. */
export interface KubeletRequest extends Body {
  readonly type: 'kubeletRequest';
  readonly requestId: number;
  readonly op: 'logs' | 'exec';
  readonly namespace: string;
  readonly pod: string;
  /** '' for the only (or first) container. */
  readonly container: string;
  /** Logs of the container before the present one. */
  readonly previous?: boolean;
  readonly tailLines?: number;
  /** Only lines of the last so many seconds. */
  readonly sinceSeconds?: number;
  /** Only lines that are not older. */
  readonly sinceTime?: string;
  readonly timestamps?: boolean;
  readonly command?: readonly string[];
}

export interface KubeletResponse extends Body {
  readonly type: 'kubeletResponse';
  readonly reply: true;
  readonly requestId: number;
  /** HTTP status: 200, 400 (container is waiting), 404 (no such pod or container), 500. */
  readonly status: number;
  /** Text of the log; `{ stdout, stderr, exitCode }` of an exec; the sentence of an error. */
  readonly body: unknown;
}

import type { Body } from '../kernel/types.ts';

/** Faults that the container runtime carries out; they come from `user@outside` and are not answered. */
export type RuntimeFault = FaultContainer | FaultRegistry | FaultProbe;

/** The container's main process dies: kill -9, or the kernel's out-of-memory killer. */
export interface FaultContainer extends Body {
  readonly type: 'faultContainer';
  readonly namespace: string;
  readonly pod: string;
  /** The first container when not given. */
  readonly container?: string;
  readonly exitCode: number;
  readonly reason?: 'OOMKilled';
}

/** Pulls of one image, or of all, fail on this node while it is active. */
export interface FaultRegistry extends Body {
  readonly type: 'faultRegistry';
  readonly image?: string;
  readonly active: boolean;
}

/** The application answers these probes with failure while it is active. */
export interface FaultProbe extends Body {
  readonly type: 'faultProbe';
  readonly namespace: string;
  readonly pod: string;
  /** All containers when not given. */
  readonly container?: string;
  /** All kinds of probe when not given. */
  readonly probe?: 'liveness' | 'readiness' | 'startup';
  readonly active: boolean;
}

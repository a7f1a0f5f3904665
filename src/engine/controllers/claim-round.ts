import type { Pod } from '../api/generated/types.ts';
import { controllerOf, isBeingDeleted, type KubernetesObject } from '../api/object.ts';
import type { Answer } from '../client/messages.ts';
import { isSuccess } from '../client/messages.ts';
import type { Table } from '../kernel/table.ts';
import { type Claims, claimCall, type OwnerObject, pendingClaims } from './claims.ts';
import { DONE, type Outcome, type Progress } from './controller.ts';
import { errorOf, isActive } from './pod-control.ts';

/** Where a round of adoptions and releases stands. */
export type ClaimRound = { readonly stage: 'recheck'; readonly owner: OwnerObject } | { readonly stage: 'claim' };

/**
 * Adopts and releases what is pending; undefined when nothing is. An adoption looks at the live owner first: one that is
 * being deleted adopts nothing. Source: pkg/controller/controller_ref_manager.go (RecheckDeletionTimestamp)
 */
export function beginClaims(
  claims: Claims,
  key: string,
  owner: OwnerObject,
  path: string,
  store: Table<Pod>,
): Outcome | undefined {
  const pods = pendingClaims(claims, key, owner, store).filter(isActive);
  if (pods.length === 0) return undefined;
  if (pods.every((pod) => controllerOf(pod) !== undefined)) return claimAll(pods, owner);
  return { calls: [{ method: 'GET', path }], progress: save({ stage: 'recheck', owner }) };
}

/**
 * The round ends after its patches: the watch brings the pods with their new owner, and that starts the next round. When a
 * pod went first, its end is nobody's news, so the key comes back by itself.
 */
export function proceedClaims(
  claims: Claims,
  key: string,
  round: ClaimRound,
  answers: readonly Answer[],
  store: Table<Pod>,
): Outcome {
  const failed = answers.find((answer) => !isSuccess(answer));
  if (failed) return { retry: errorOf(failed) };
  if (round.stage === 'claim') return DONE;
  const live = answers[0]?.body as KubernetesObject;
  if (live?.metadata?.uid !== round.owner.metadata.uid || isBeingDeleted(live))
    return { retry: `${key} is going away` };
  const pods = pendingClaims(claims, key, round.owner, store).filter(isActive);
  return pods.length > 0 ? claimAll(pods, round.owner) : { requeueAfterMs: 0 };
}

function claimAll(pods: readonly Pod[], owner: OwnerObject): Outcome {
  return { calls: pods.map((pod) => claimCall(pod, owner)), progress: save({ stage: 'claim' }) };
}

const save = (round: ClaimRound): Progress => round as unknown as Progress;

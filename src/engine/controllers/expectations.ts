import { defineTable, type Table } from '../kernel/table.ts';

interface Expected {
  readonly creations: number;
  readonly deletions: number;
  readonly at: number;
}

/**
 * Pods that a controller has created or deleted and not yet seen so in its cache: until then it must not count its pods
 * again. Source: pkg/controller/controller_utils.go (ControllerExpectations, UIDTrackingControllerExpectations)
 */
export interface Expectations {
  readonly byOwner: Table<Expected>;
  /** Owner by key of a pod whose deletion has not been seen yet. */
  readonly deletions: Table<string>;
}

const newExpectedTable = defineTable<Expected>('controllers/expected');
const newDeletionsTable = defineTable<string>('controllers/expected-deletions', { owner: (owner) => owner });

/** After that time the cache is not waited for any longer (ExpectationsTimeout). */
const TIMEOUT_MS = 300_000;

export function newExpectations(): Expectations {
  return { byOwner: newExpectedTable(), deletions: newDeletionsTable() };
}

/** So many new pods, and the end of these, and nothing else any more. */
export function expectPods(
  expectations: Expectations,
  owner: string,
  creations: number,
  doomed: readonly string[],
  now: number,
): void {
  forgetExpectations(expectations, owner);
  for (const pod of doomed) expectations.deletions.set(pod, owner);
  expectations.byOwner.set(owner, { creations, deletions: doomed.length, at: now });
}

/** A pod of the owner was seen, or will never be. */
export function creationObserved(expectations: Expectations, owner: string, count = 1): void {
  const expected = expectations.byOwner.get(owner);
  if (expected === undefined || expected.creations <= 0) return;
  expectations.byOwner.set(owner, { ...expected, creations: expected.creations - count });
}

/** The pod was seen gone or going, or its deletion failed. */
export function deletionObserved(expectations: Expectations, pod: string): void {
  const owner = expectations.deletions.delete(pod);
  const expected = owner === undefined ? undefined : expectations.byOwner.get(owner);
  if (owner === undefined || expected === undefined) return;
  expectations.byOwner.set(owner, { ...expected, deletions: expected.deletions - 1 });
}

/** Whether everything that was asked for has been seen, or was asked for too long ago. */
export function areExpectationsMet(expectations: Expectations, owner: string, now: number): boolean {
  const expected = expectations.byOwner.get(owner);
  if (expected === undefined) return true;
  return (expected.creations <= 0 && expected.deletions <= 0) || now - expected.at > TIMEOUT_MS;
}

export function forgetExpectations(expectations: Expectations, owner: string): void {
  expectations.byOwner.delete(owner);
  for (const pod of [...expectations.deletions.keysBy('owner', owner)]) expectations.deletions.delete(pod);
}

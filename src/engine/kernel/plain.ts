import { type Draft, isDraft, original } from 'immer';

/** The frozen value behind a draft, for putting an unchanged part of the state into an effect. */
export function plain<T>(value: T): T {
  return isDraft(value) ? (original(value as Draft<T>) as T) : value;
}

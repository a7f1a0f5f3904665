import { type Complaints, checkPortName, checkPortNumber, checkSubdomain } from '../names.ts';
import type { FieldError } from '../status.ts';

/** Every check adds what it finds; nothing is thrown. */
export type Errors = FieldError[];

export const IMMUTABLE = 'field is immutable';
export const NEGATIVE = 'must be greater than or equal to 0';

export function required(errors: Errors, field: string, detail?: string): void {
  errors.push({ type: 'Required', field, detail });
}

export function invalid(errors: Errors, field: string, value: unknown, detail: string): void {
  errors.push({ type: 'Invalid', field, value, detail });
}

export function forbidden(errors: Errors, field: string, detail: string): void {
  errors.push({ type: 'Forbidden', field, detail });
}

export function duplicate(errors: Errors, field: string, value: unknown): void {
  errors.push({ type: 'Duplicate', field, value });
}

export function missing(errors: Errors, field: string, value: unknown): void {
  errors.push({ type: 'NotFound', field, value });
}

export function unsupported(errors: Errors, field: string, value: unknown, supported: readonly string[]): void {
  const detail = `supported values: ${supported.map((name) => JSON.stringify(name)).join(', ')}`;
  errors.push({ type: 'NotSupported', field, value, detail });
}

export function tooLong(errors: Errors, field: string, limit: number): void {
  errors.push({ type: 'TooLong', field, detail: `may not be more than ${limit} bytes` });
}

export function tooMany(errors: Errors, field: string, count: number, limit: number): void {
  errors.push({ type: 'TooMany', field, value: count, detail: `must have at most ${limit} items` });
}

/** One Invalid for each complaint about a value. */
export function complain(errors: Errors, field: string, value: unknown, complaints: Complaints): void {
  for (const complaint of complaints) invalid(errors, field, value, complaint);
}

/** Required if empty, Unsupported if not one of the values. */
export function oneOf(errors: Errors, field: string, value: string | undefined, values: readonly string[]): void {
  if (value === undefined || value === '') required(errors, field);
  else if (!values.includes(value)) unsupported(errors, field, value, values);
}

export function atLeastZero(errors: Errors, field: string, value: number | undefined): void {
  if (value !== undefined && value < 0) invalid(errors, field, value, NEGATIVE);
}

/** A port by number or by name. */
export function portNumberOrName(errors: Errors, field: string, port: number | string | undefined): void {
  if (typeof port === 'string') complain(errors, field, port, checkPortName(port));
  else complain(errors, field, port ?? 0, checkPortNumber(port ?? 0));
}

/** For names of other objects: `serviceAccountName`, `priorityClassName`. */
export function validateReference(errors: Errors, field: string, name: string | undefined): void {
  if (name !== undefined) complain(errors, field, name, checkSubdomain(name));
}

/** Source: pkg/apis/core/validation/validation.go (validateLocalDescendingPath) */
export function validateDescendingPath(errors: Errors, field: string, path: string): void {
  if (path.startsWith('/')) invalid(errors, field, path, 'must be a relative path');
  if (path.split('/').includes('..')) invalid(errors, field, path, "must not contain '..'");
}

const PERCENT = /^[0-9]+%$/;

/** Source: pkg/apis/apps/validation/validation.go (ValidatePositiveIntOrPercent) */
export function intOrPercent(errors: Errors, field: string, value: number | string | undefined): void {
  if (typeof value === 'number') atLeastZero(errors, field, value);
  else if (value !== undefined && !PERCENT.test(value))
    invalid(
      errors,
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
}

export function atMostHundredPercent(errors: Errors, field: string, value: number | string | undefined): void {
  if (typeof value === 'string' && PERCENT.test(value) && Number.parseInt(value, 10) > 100)
    invalid(errors, field, value, 'must not be greater than 100%');
}

/** The number in `25%` or 3; a percentage is told apart only by being text. */
export function numberOf(value: number | string | undefined): number {
  return typeof value === 'string' ? Number.parseInt(value, 10) || 0 : (value ?? 0);
}

/** Parts that were found to be all right: what admission puts into every pod is the same object in all of them. */
const fine = new WeakSet<object>();

/** Checks a part of an object, unless it is known to be all right. */
export function once(errors: Errors, part: object, check: () => void): void {
  if (fine.has(part)) return;
  const before = errors.length;
  check();
  if (errors.length === before) fine.add(part);
}

/** The suffix family that a quantity is printed in. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface ParsedQuantity {
  /** The exact value, in units of 10^-9: nothing smaller exists. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
  /** How the API server stores it. */
  readonly canonical: string;
  /** In thousandths, rounded away from zero. */
  readonly millis: number;
  /** In whole units (bytes, cores, pieces), rounded away from zero. */
  readonly units: number;
}

const QUANTITY_FORMAT_WRONG =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_WRONG = "unable to parse quantity's suffix";

const BILLION = 1_000_000_000n;
const MAX_NANOS = 9_223_372_036_854_775_807n * BILLION;
const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const EXPONENT = /^[eE]([-+]?[0-9]+)$/;
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SHIFTS: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Quantities repeat (100m, 128Mi, ...): parsed ones are remembered, up to this many texts. */
const CACHE_LIMIT = 4096;
const cache = new Map<string, ParsedQuantity | string>();

/**
 * A quantity, or the sentence that says what is wrong with it.
 * Source: staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go
 */
export function parseQuantity(text: string): ParsedQuantity | string {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const result = parseText(text);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(text, result);
  return result;
}

/** In thousandths (CPU), rounded up; a text that is not a quantity counts as 0. */
export function cpuMillis(text: string | undefined): number {
  if (text === undefined) return 0;
  const quantity = parseQuantity(text);
  return typeof quantity === 'string' ? 0 : quantity.millis;
}

/** In whole units (bytes, pods), rounded up; a text that is not a quantity counts as 0. */
export function bytes(text: string | undefined): number {
  if (text === undefined) return 0;
  const quantity = parseQuantity(text);
  return typeof quantity === 'string' ? 0 : quantity.units;
}

/** The exact value in 10^-9; a text that is not a quantity counts as 0. */
export function quantityNanos(text: string | undefined): bigint {
  if (text === undefined) return 0n;
  const quantity = parseQuantity(text);
  return typeof quantity === 'string' ? 0n : quantity.nanos;
}

/** Negative, zero or positive, as `a` is smaller than, equal to or greater than `b`. */
export function compareQuantities(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  const left = quantityNanos(a);
  const right = quantityNanos(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `a + b` in the family of `a`, or of `b` where `a` is zero. */
export function addQuantities(a: string | undefined, b: string | undefined): string {
  return combine(a, b, 1n);
}

/** `a - b` in the family of `a`, or of `b` where `a` is zero. */
export function subtractQuantities(a: string | undefined, b: string | undefined): string {
  return combine(a, b, -1n);
}

/** The canonical text of a quantity rounded up to thousandths, as defaulting does in resource lists. */
export function roundUpToMilli(text: string): string {
  const quantity = parseQuantity(text);
  if (typeof quantity === 'string') return text;
  const million = 1_000_000n;
  if (quantity.nanos % million === 0n) return quantity.canonical;
  return formatQuantity(divideAwayFromZero(quantity.nanos, million) * million, quantity.format);
}

/** The canonical text of a value given in 10^-9. */
function formatQuantity(nanos: bigint, format: QuantityFormat): string {
  if (nanos === 0n) return '0';
  const limit = 1024n * BILLION;
  if (format === 'BinarySI' && (nanos >= limit || nanos <= -limit)) return formatBinary(nanos);
  return formatDecimal(nanos, format === 'DecimalExponent');
}

/** A whole number of pieces or bytes as a quantity. */
export function quantityOf(units: number, format: QuantityFormat = 'DecimalSI'): string {
  return formatQuantity(BigInt(Math.ceil(units)) * BILLION, format);
}

function combine(a: string | undefined, b: string | undefined, sign: bigint): string {
  const left = a === undefined ? undefined : parseQuantity(a);
  const right = b === undefined ? undefined : parseQuantity(b);
  const leftNanos = typeof left === 'object' ? left.nanos : 0n;
  const rightNanos = typeof right === 'object' ? right.nanos : 0n;
  const leftFormat = typeof left === 'object' ? left.format : 'DecimalSI';
  const rightFormat = typeof right === 'object' ? right.format : 'DecimalSI';
  return formatQuantity(leftNanos + sign * rightNanos, leftNanos === 0n ? rightFormat : leftFormat);
}

function parseText(text: string): ParsedQuantity | string {
  const match = SHAPE.exec(text);
  if (text === '' || match === null) return QUANTITY_FORMAT_WRONG;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  const scale = scaleOf(suffix);
  if (scale === undefined) return SUFFIX_WRONG;
  // Text without a single digit counts as zero where its suffix is known, as upstream reads it.
  const digits = BigInt(`${whole}${fraction}` || '0');
  let magnitude = scaleToNanos(digits, fraction.length, scale);
  if (magnitude > MAX_NANOS) magnitude = MAX_NANOS;
  // Tiny binary amounts would lose their meaning in binary units.
  const format = scale.format === 'BinarySI' && magnitude > 0n && magnitude < BILLION ? 'DecimalSI' : scale.format;
  const nanos = sign === '-' ? -magnitude : magnitude;
  return {
    nanos,
    format,
    canonical: formatQuantity(nanos, format),
    millis: Number(divideAwayFromZero(nanos, 1_000_000n)),
    units: Number(divideAwayFromZero(nanos, BILLION)),
  };
}

interface Scale {
  readonly format: QuantityFormat;
  readonly exponent: number;
  readonly shift: bigint;
}

function scaleOf(suffix: string): Scale | undefined {
  const decimal = DECIMAL_EXPONENTS[suffix];
  if (decimal !== undefined) return { format: 'DecimalSI', exponent: decimal, shift: 0n };
  const shift = BINARY_SHIFTS[suffix];
  if (shift !== undefined) return { format: 'BinarySI', exponent: 0, shift };
  const exponent = EXPONENT.exec(suffix);
  if (exponent === null) return undefined;
  // Beyond this everything is capped or rounded anyway; without a bound the power would fill the memory.
  const value = Math.max(-100, Math.min(100, Number(exponent[1])));
  return { format: 'DecimalExponent', exponent: value, shift: 0n };
}

function scaleToNanos(digits: bigint, decimals: number, scale: Scale): bigint {
  const exponent = 9 + scale.exponent - decimals;
  const shifted = digits << scale.shift;
  return exponent >= 0 ? shifted * 10n ** BigInt(exponent) : divideAwayFromZero(shifted, 10n ** BigInt(-exponent));
}

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (quotient * divisor === value) return quotient;
  return value > 0n ? quotient + 1n : quotient - 1n;
}

function formatDecimal(nanos: bigint, asExponent: boolean): string {
  let mantissa = nanos;
  let thousands = 0;
  while (thousands < DECIMAL_SUFFIXES.length - 1 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    thousands++;
  }
  if (!asExponent) return `${mantissa}${DECIMAL_SUFFIXES[thousands]}`;
  const exponent = (thousands - 3) * 3;
  return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`;
}

function formatBinary(nanos: bigint): string {
  let mantissa = divideAwayFromZero(nanos, BILLION);
  let steps = 0;
  while (steps < BINARY_SUFFIXES.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    steps++;
  }
  return `${mantissa}${BINARY_SUFFIXES[steps]}`;
}

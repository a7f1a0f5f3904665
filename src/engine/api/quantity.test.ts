import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addQuantities,
  bytes,
  compareQuantities,
  cpuMillis,
  parseQuantity,
  quantityNanos,
  quantityOf,
  roundUpToMilli,
  subtractQuantities,
} from './quantity.ts';

const canonical = (text: string) => {
  const quantity = parseQuantity(text);
  return typeof quantity === 'string' ? quantity : quantity.canonical;
};

test.each([
  ['0', '0'],
  ['0.5', '500m'],
  ['1500m', '1500m'],
  ['1000m', '1'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1000Ki', '1000Ki'],
  ['100000', '100k'],
  ['1e3', '1e3'],
  ['1E', '1E'],
  ['1.5e3', '1500'],
  ['+2', '2'],
  ['-1Gi', '-1Gi'],
  ['0.1n', '1n'],
  ['128Mi', '128Mi'],
  ['512Ki', '512Ki'],
  ['0Gi', '0'],
  ['0.5Ki', '512'],
  ['4Ei', '4Ei'],
  ['9223372036854775807', '9223372036854775807'],
  ['9223372036854775808', '9223372036854775807'],
])('%s is stored as %s', (text, stored) => {
  expect(canonical(text)).toBe(stored);
});

test.each(['', 'abc', '1.5.0Gi', '1 Gi', '1x'])('%j is not a quantity', (text) => {
  expect(canonical(text)).toBe(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
});
test.each(['1ki', '1K', 'Gi5', '1mm', '1EE'])('the suffix of %j is not known', (text) => {
  expect(canonical(text)).toBe("unable to parse quantity's suffix");
});

test('units of scheduling', () => {
  expect(cpuMillis('0.1')).toBe(100);
  expect(cpuMillis('1u')).toBe(1);
  expect(cpuMillis(undefined)).toBe(0);
  expect(bytes('1Gi')).toBe(1_073_741_824);
  expect(bytes('100m')).toBe(1);
  expect(roundUpToMilli('100u')).toBe('1m');
  expect(quantityOf(2048, 'BinarySI')).toBe('2Ki');
});

describe('beside a twin that counts in steps', () => {
  const suffixes: [string, bigint][] = [
    ['n', 1n],
    ['u', 1000n],
    ['m', 1000n ** 2n],
    ['', 1000n ** 3n],
    ['k', 1000n ** 4n],
    ['M', 1000n ** 5n],
    ['G', 1000n ** 6n],
    ['Ki', 1000n ** 3n * 1024n],
    ['Mi', 1000n ** 3n * 1024n ** 2n],
    ['Gi', 1000n ** 3n * 1024n ** 3n],
  ];
  const quantity = fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.constantFrom(...suffixes))
    .map(([count, [suffix, unit]]) => ({ text: `${count}${suffix}`, nanos: BigInt(count) * unit, suffix }));

  test('the value is exact, and the stored form means the same and is its own stored form', () => {
    fc.assert(
      fc.property(quantity, ({ text, nanos }) => {
        expect(quantityNanos(text)).toBe(nanos);
        const stored = canonical(text);
        expect(quantityNanos(stored)).toBe(nanos);
        expect(canonical(stored)).toBe(stored);
      }),
    );
  });

  test('the stored form has the greatest suffix of its family that needs no fraction', () => {
    fc.assert(
      fc.property(quantity, ({ text, nanos, suffix }) => {
        const isBinary = suffix.endsWith('i') && (nanos >= 1024n * 10n ** 9n || nanos <= -1024n * 10n ** 9n);
        const family = suffixes.filter(([name]) =>
          isBinary ? name === '' || name.endsWith('i') : !name.endsWith('i'),
        );
        const greatest = family.findLast(([, unit]) => nanos % unit === 0n)!;
        const larger = ['T', 'P', 'E', 'Ti', 'Pi', 'Ei'].some((name) => canonical(text).endsWith(name));
        if (nanos !== 0n && !larger) expect(canonical(text)).toBe(`${nanos / greatest[1]}${greatest[0]}`);
      }),
    );
  });

  // A fraction of a byte would be rounded up in binary units, as upstream does.
  const whole = quantity.filter(({ nanos }) => nanos % 10n ** 9n === 0n);

  test('sums, differences and order', () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        expect(quantityNanos(addQuantities(a.text, b.text))).toBe(a.nanos + b.nanos);
        expect(quantityNanos(subtractQuantities(a.text, b.text))).toBe(a.nanos - b.nanos);
        expect(Math.sign(compareQuantities(a.text, b.text))).toBe(a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0);
      }),
    );
  });
});

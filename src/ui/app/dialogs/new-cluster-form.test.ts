import { describe, expect, it } from 'vitest';
import { DEFAULT_FORM, type NewClusterForm, readForm } from './new-cluster-form.ts';

const errorsOf = (form: Partial<NewClusterForm>) => {
  const read = readForm({ ...DEFAULT_FORM, ...form });
  return 'errors' in read ? read.errors : {};
};

it('asks for what it says', () => {
  const form = { ...DEFAULT_FORM, workers: '5', zones: 'a, b,', seed: '42', cpu: '500m', memory: '1Gi', addons: false };
  expect(readForm({ ...form, cpu: '2' })).toEqual({
    options: { seed: 42, workers: 5, zones: ['a', 'b'], nodeResources: { cpu: '2', memory: '1Gi' }, addons: false },
  });
});

it('takes its own defaults', () => {
  expect(errorsOf({})).toEqual({});
});

describe.each<[keyof NewClusterForm, readonly string[]]>([
  ['workers', ['', '0', '51', '3.5', '-1', 'three', '1e1']],
  ['cpu', ['', '0', '10m', 'x', '-1', '8 cores', '2000']],
  ['memory', ['', '0', '16gb', '1.5.0Gi', '-1Gi', '1Mi', '100Ti']],
  ['zones', ['a/b', '-a', 'a,a', 'x'.repeat(64)]],
  ['seed', ['', '-1', '1.5', '4294967296', 'x']],
])('%s', (field, values) => {
  it.each(values)('says what is wrong with "%s"', (value) => {
    const errors = errorsOf({ [field]: value });
    expect(Object.keys(errors)).toEqual([field]);
    expect(errors[field]).toMatch(/\.$/);
  });
});

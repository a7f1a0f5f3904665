import { describe, expect, test } from 'vitest';
import { lineOfField, parseYaml, YAML_LIMITS } from './yaml.ts';

const valuesOf = (text: string) => parseYaml(text).documents.map((document) => document.value);

describe('documents', () => {
  test('are parted by lines of dashes; empty ones are left out', () => {
    const { documents, errors } = parseYaml(
      '# first\na: 1\n---\n---\n# nothing\n---\nb: |\n  x\n--- # third\nc: [1, 2]\n',
    );
    expect(errors).toEqual([]);
    expect(documents.map(({ value, line }) => ({ value, line }))).toEqual([
      { value: { a: 1 }, line: 1 },
      { value: { b: 'x\n' }, line: 6 },
      { value: { c: [1, 2] }, line: 9 },
    ]);
  });

  test('JSON is YAML', () => {
    expect(valuesOf('{"kind": "Pod", "list": [true, null, 1.5]}')).toEqual([{ kind: 'Pod', list: [true, null, 1.5] }]);
  });

  test('scalars as kubectl reads them', () => {
    expect(
      valuesOf('{a: 0644, b: yes, c: 10:20, d: 2026-01-01, e: 1e3, f: 0x10, g: "0644", h: 8080, i: -5, j: 089}'),
    ).toEqual([{ a: 420, b: true, c: '10:20', d: '2026-01-01', e: 1000, f: 16, g: '0644', h: 8080, i: -5, j: 89 }]);
  });

  test('merge keys and anchors', () => {
    expect(valuesOf('a: &a {x: 1}\nb: {<<: *a, z: 2}')).toEqual([{ a: { x: 1 }, b: { x: 1, z: 2 } }]);
  });
});

describe('what cannot be read', () => {
  test('is named with line and column, and hides no other document', () => {
    const { documents, errors } = parseYaml('a: 1\n---\nb: [1\n---\nc: 3\n');
    expect(documents.map((document) => document.value)).toEqual([{ a: 1 }, { c: 3 }]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ line: 4, column: 1 });
    expect(errors[0]?.message).toMatch(/^line 4, column 1: ./);
  });

  test('a key that occurs twice', () => {
    expect(parseYaml('a: 1\nb: 2\na: 3\n').errors).toEqual([
      { line: 3, column: 1, message: 'line 3, column 1: duplicated mapping key' },
    ]);
  });

  test('too long, too deep, too many, too often', () => {
    expect(parseYaml(`a: ${'x'.repeat(1_000_000)}`).errors[0]?.message).toBe(
      `The text is too long: it has 1000003 bytes, and ${YAML_LIMITS.bytes} are allowed.`,
    );
    expect(parseYaml('['.repeat(10_000)).errors[0]?.message).toContain('maxDepth');
    expect(parseYaml('a: 1\n---\n'.repeat(201)).errors[0]?.message).toContain('more than 200 documents');
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++)
      bomb.push(
        `a${level}: &a${level} [${Array(7)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    expect(parseYaml(bomb.join('\n')).errors).toHaveLength(1);
    expect(parseYaml(bomb.slice(0, 8).join('\n')).errors[0]?.message).toContain('excessive aliasing');
  });
});

test('a field is found at its line', () => {
  const [first, second] = parseYaml(
    'kind: Service\n---\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containers:\n  - name: a\n  - name: b\n    image: y\n',
  ).documents;
  expect(lineOfField(first!, 'kind')).toBe(1);
  expect(lineOfField(second!, 'spec.containers[1].image')).toBe(10);
  expect(lineOfField(second!, 'spec.containers[1].imagee')).toBe(9);
  expect(lineOfField(second!, 'spec.containers[0]')).toBe(8);
  expect(lineOfField(second!, 'metadata.name')).toBe(5);
  expect(lineOfField(second!, 'status')).toBe(2);
});

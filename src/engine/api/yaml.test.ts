import { describe, expect, it } from 'vitest';
import { readManifests } from './yaml.ts';

const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`;
const refused = (text: string) => {
  const read = readManifests(text);
  if (!('error' in read)) throw new Error('it was taken');
  return read.error;
};

describe('manifests', () => {
  it('reads several documents and says where each begins', () => {
    const read = readManifests(`# first\n---\n${pod('a')}---\n# nothing here\n---\n\n${pod('b')}`);
    expect(read).toMatchObject({ objects: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }] });
    expect('lines' in read && read.lines).toEqual([3, 10]);
  });

  it('takes Lists apart', () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [1, 2].map((n) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${n}` } })),
    };
    expect(readManifests(JSON.stringify(list))).toMatchObject({
      objects: [{ metadata: { name: 'p1' } }, { metadata: { name: 'p2' } }],
    });
  });

  it('reads numbers and booleans as kubectl does', () => {
    const read = readManifests(`${pod('a')}spec: {mode: 0644, on: yes, port: 22:22, day: 2026-01-01}\n`);
    expect(read).toMatchObject({ objects: [{ spec: { mode: 420, port: '22:22', day: '2026-01-01' } }] });
  });

  it('says line and column of broken YAML', () => {
    expect(refused('apiVersion: v1\nkind: [Pod\nmetadata: 1')).toMatchObject({ line: 3, column: 1 });
    expect(refused('a: 1\na: 2').message).toContain('duplicated mapping key');
    expect(refused(`a: ${'['.repeat(10_000)}`).message).toContain('this is not YAML');
  });

  it('refuses what is too large, too deep, too many or explodes', () => {
    expect(refused(`a: ${'x'.repeat(1_000_000)}`).message).toBe(
      'the text has 977 KiB; at most 256 KiB are read at once',
    );
    expect(refused(Array.from({ length: 201 }, (_, i) => pod(`p${i}`)).join('---\n')).message).toContain(
      '201 documents',
    );
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 8; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(refused(bomb.join('\n')).message).toMatch(/aliases|values/);
  });

  it('refuses documents that are no objects', () => {
    expect(refused('just text')).toMatchObject({ line: 1 });
    expect(refused(`${pod('a')}---\nkind: Pod\n`)).toEqual({ message: "Object 'apiVersion' is missing", line: 5 });
    expect(refused('apiVersion: v1\nkind: Pod\n').message).toContain('metadata of Pod is missing');
    expect(refused('').message).toBe('no objects passed to apply');
  });
});

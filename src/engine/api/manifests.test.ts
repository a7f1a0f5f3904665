import { describe, expect, it } from 'vitest';
import { readManifests } from './manifests.ts';

const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`;
const refused = (text: string) => {
  const read = readManifests(text);
  if (!('error' in read)) throw new Error('it was taken');
  return read.error;
};

describe('manifests', () => {
  it('reads several documents and keeps where each stands', () => {
    const read = readManifests(`# first\n---\n${pod('a')}---\n# nothing here\n---\n\n${pod('b')}`);
    expect(read).toMatchObject({ objects: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }] });
    expect('sources' in read && read.sources.length).toBe(2);
  });

  it('takes Lists apart', () => {
    const items = [1, 2].map((n) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${n}` } }));
    const read = readManifests(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    expect(read).toMatchObject({ objects: [{ metadata: { name: 'p1' } }, { metadata: { name: 'p2' } }] });
  });

  it('reads numbers and booleans as kubectl does', () => {
    const read = readManifests(`${pod('a')}spec: {mode: 0644, flag: yes, port: 22:22, day: 2026-01-01}\n`);
    const spec = { mode: 420, flag: true, port: '22:22', day: '2026-01-01' };
    expect(read).toMatchObject({ objects: [{ spec }] });
  });

  it('refuses documents that are no objects, and says which', () => {
    expect(refused('just text')).toMatchObject({ line: 1 });
    expect(refused(`${pod('a')}---\nkind: Pod\n`).message).toBe("Object 'apiVersion' is missing");
    expect(refused('apiVersion: v1\nkind: Pod\n').message).toContain('metadata of Pod is missing');
    expect(refused('').message).toBe('no objects passed to apply');
  });
});

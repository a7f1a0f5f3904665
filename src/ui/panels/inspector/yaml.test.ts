import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { MAX_YAML_LINES, toYaml } from './yaml.ts';

it('prints an object as kubectl does: keys sorted, lists not indented', () => {
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'web', labels: { app: 'web', 'app.kubernetes.io/part-of': 'shop' }, annotations: undefined },
    spec: {
      containers: [
        { name: 'web', image: 'nginx:1.27', args: ['-c', 'sleep 1'], ports: [{ containerPort: 80 }], env: [] },
        { name: 'log', image: 'busybox', securityContext: {} },
      ],
      hostNetwork: false,
      nodeName: null,
    },
  };
  expect(toYaml(pod)).toBe(`apiVersion: v1
kind: Pod
metadata:
  labels:
    app: web
    app.kubernetes.io/part-of: shop
  name: web
spec:
  containers:
  - args:
    - "-c"
    - sleep 1
    env: []
    image: nginx:1.27
    name: web
    ports:
    - containerPort: 80
  - image: busybox
    name: log
    securityContext: {}
  hostNetwork: false
  nodeName: null
`);
});

it('keeps the order of keys when asked', () => {
  expect(toYaml({ type: 'txn', key: 'a' }, { sortKeys: false })).toBe('type: txn\nkey: a\n');
});

describe('read back by js-yaml, it is the same', () => {
  it.each([
    '',
    ' ',
    'true',
    'No',
    '~',
    'null',
    '1',
    '0x1f',
    '0o17',
    '017',
    '1_000',
    '+.5',
    '10.244.0.1',
    '1.27.0',
    '190:20:30',
    '10.96.0.1:443',
    '250m',
    '4Gi',
    '1e3',
    '-',
    '- a',
    '2026-01-01T00:00:00Z',
    '12:30:45',
    'a: b',
    'a:',
    'a #b',
    '#a',
    '*',
    '*.example.com',
    '&a',
    '!x',
    '%a',
    '@a',
    '`a`',
    '"a"',
    "it's",
    'a\n',
    'a\nb',
    'a\nb\n',
    'a\n\n  b\n\n\n',
    '\na',
    ' a\nb',
    'a\tb\nc',
    'a\r\nb',
    '\u0000',
    '\u2028',
    '{a}',
    '[a]',
    '?a',
    '>a',
    '|',
    '<<',
    '=',
    'ключ',
    '🙂',
    '.inf',
    '---',
    '...',
    '--- a',
    'a\n---\nb\n',
  ])('%j', (text) => {
    expect(load(toYaml(text))).toBe(text);
    expect(load(toYaml({ a: { [text]: text, list: [text, [text]] } }))).toEqual({
      a: { [text]: text, list: [text, [text]] },
    });
  });

  it('for any data', () => {
    const data = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(data, (value) => {
        expect(load(toYaml(value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('for objects of a real cluster', () => {
    const path = new URL('../../../engine/testdata/golden/api-conversation-v1.35.json', import.meta.url);
    const conversation = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    const objects = findObjects(conversation).slice(0, 300);
    expect(objects.length).toBeGreaterThan(20);
    for (const object of objects) expect(load(toYaml(object))).toEqual(object);
  });
});

it('cuts what nobody would read', () => {
  const text = toYaml(Array.from({ length: MAX_YAML_LINES + 5 }, (_, i) => i));
  expect(text.endsWith('# 5 more lines\n')).toBe(true);
});

function findObjects(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(findObjects);
  return 'apiVersion' in value && 'metadata' in value ? [value, ...inside] : inside;
}

import { expect, test } from 'vitest';
import { createCluster } from '../engine/index.ts';
import { lineOf } from './line-of.ts';

const HEAD = ['apiVersion: apps/v1', 'kind: Deployment', 'metadata:', '  name: web', 'spec:'];
const TEMPLATE = [
  '  template:',
  '    metadata: {labels: {app: web}}',
  '    spec:',
  '      containers:',
  '      - name: c',
];

/** Applies one document after an empty one; the line that the refusal is shown at. */
function refusedAt(lines: readonly string[]): number {
  const cluster = createCluster({ seed: 1, workers: 0, addons: false });
  const read = cluster.parse(['# first', '---', ...lines].join('\n'));
  if ('error' in read) throw new Error(read.error.message);
  const [result] = cluster.apply(read.objects);
  if (result?.verb !== 'failed') throw new Error('It was not refused.');
  return lineOf(result, read.sources[0]);
}

test('a value of the wrong type', () => {
  const selector = '  selector: {matchLabels: {app: web}}';
  expect(refusedAt([...HEAD, selector, '  replicas: three', ...TEMPLATE, '        image: nginx'])).toBe(
    2 + HEAD.length + 2,
  );
});

test('a quantity that is none', () => {
  const container = ['        image: nginx', '        resources:', '          requests:', '            cpu: 100m'];
  const lines = [...HEAD, '  selector: {matchLabels: {app: web}}', ...TEMPLATE, ...container];
  expect(refusedAt([...lines, '            memory: 1.5.0Gi'])).toBe(2 + lines.length + 1);
});

test('a field that is unknown, and one that is missing', () => {
  const lines = [...HEAD, '  selector: {matchLabels: {app: web}}', ...TEMPLATE, '        image: nginx'];
  expect(refusedAt([...lines, '  replicaz: 3'])).toBe(2 + lines.length + 1);
  expect(refusedAt(['apiVersion: v1', 'kind: Pod', 'metadata:', '  name: web', 'spec:', '  containers: []'])).toBe(
    2 + 6,
  );
});

test('nothing to point at: the document', () => {
  expect(refusedAt(['apiVersion: example.com/v1', 'kind: Widget', 'metadata: {name: x}'])).toBe(2);
});

import { expect, it } from 'vitest';
import type { Input } from '../../../worker/protocol.ts';
import { type ClusterClient, connectCluster, type InputResult } from '../../store/cluster.ts';
import { playback } from '../../store/playback.ts';
import { readDraft, saveDraft } from './draft.ts';
import { applyText, editor, remarksOf } from './editor-store.ts';

const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;

it('says what is wrong with a text at its line, and nothing more', () => {
  expect(remarksOf({ error: { message: 'bad indentation', line: 4, column: 7 } })).toEqual([
    { line: 4, column: 7, severity: 'error', message: 'bad indentation' },
  ]);
  expect(remarksOf({ error: { message: 'no objects passed to apply' } })).toEqual([]);
});

it('puts each refusal and each warning at the line of its object', () => {
  const remarks = remarksOf({
    results: [
      { verb: 'created', warnings: ['unknown field "spec.foo"'] },
      { verb: 'unchanged' },
      { verb: 'failed', status: { ...status, message: 'Deployment.apps "web" is invalid' } },
    ],
    lines: [3, 12, 20],
  });
  expect(remarks).toEqual([
    { line: 3, severity: 'warning', message: 'unknown field "spec.foo"' },
    { line: 20, severity: 'error', message: 'Deployment.apps "web" is invalid' },
  ]);
});

it('does without a store that is forbidden', () => {
  const forbidden = (): Storage => {
    throw new Error('SecurityError');
  };
  expect(readDraft(forbidden)).toBeUndefined();
  expect(() => saveDraft(forbidden, () => 'kind: Pod')).not.toThrow();
});

it('applies what is asked for meanwhile as soon as the first is answered, the newest text only', async () => {
  const answers: ((result: InputResult) => void)[] = [];
  const asked: string[] = [];
  const input = (given: Input): Promise<InputResult> => {
    asked.push(given.act === 'apply' ? given.text : given.act);
    return new Promise((resolve) => answers.push(resolve));
  };
  connectCluster({ input } as ClusterClient);
  const done = applyText('one');
  await applyText('two');
  await applyText('three');
  expect(asked).toEqual(['one']);
  answers[0]?.({});
  await Promise.resolve();
  expect(asked).toEqual(['one', 'three']);
  expect(editor.getState()).toMatchObject({ isApplying: true, next: undefined });
  answers[1]?.({ results: [] });
  await done;
  expect(editor.getState()).toMatchObject({ isApplying: false, outcome: { results: [] } });
});

it('does not wait in the past for an answer that comes later', async () => {
  const answers: ((result: InputResult) => void)[] = [];
  connectCluster({ input: () => new Promise((resolve) => answers.push(resolve)) } as unknown as ClusterClient);
  const first = applyText('one');
  playback.setState({ frameNow: 1, newest: 5 });
  const second = applyText('two');
  expect(answers).toHaveLength(2);
  answers[1]?.({ results: [] });
  await second;
  answers[0]?.({ error: { message: 'of another future' } });
  await first;
  expect(editor.getState()).toMatchObject({ isApplying: false, outcome: { results: [] } });
});

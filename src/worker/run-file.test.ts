import { describe, expect, it } from 'vitest';
import { createCluster } from '../engine/index.ts';
import { mix } from '../engine/kernel/random.ts';
import { Host } from './host.ts';
import type { FromWorker, Run, ToWorker } from './protocol.ts';
import { MAX_LINK_CHARS, readRun, runFromPayload, runToPayload } from './run-file.ts';

const run: Run = {
  format: 'orrery-run',
  version: 2,
  name: 'main',
  options: { seed: 3, workers: 2 },
  inputs: [{ at: 5, after: 12, input: { act: 'cordon', node: 'kind-worker', unschedulable: true } }],
  until: { at: 1_000, after: 300 },
  digest: '0123456789abcdef',
};
const refusal = (change: object): string => {
  try {
    readRun(JSON.stringify({ ...run, ...change }));
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing wrong';
};
const entered = (input: unknown): object => ({ inputs: [{ at: 5, after: 12, input }] });

describe('a saved run', () => {
  it('comes back as it was', () => {
    expect(readRun(JSON.stringify(run))).toEqual(run);
  });

  it('says what is wrong with it, and where', () => {
    expect(refusal({ format: 'x' })).toBe('this is no run of Orrery: its "format" is not "orrery-run"');
    expect(refusal({ version: 3 })).toBe('the run is of version 3; this page reads version 2');
    expect(refusal({ version: undefined })).toContain('of version unknown');
    expect(refusal({ options: [] })).toBe('options: not an object');
    expect(refusal({ options: { workers: 2.5 } })).toBe('options.workers: not a whole number');
    expect(refusal({ options: { workers: 5_000 } })).toContain('more than 200 machines');
    expect(refusal({ inputs: {} })).toBe('inputs: not a list');
    expect(refusal(entered(null))).toBe('inputs[0].input: not an object');
    expect(refusal(entered({ act: 'boil' }))).toBe('inputs[0].input.act: there is no act "boil"');
    expect(refusal(entered({ act: 'apply', text: 7 }))).toBe('inputs[0].input.text: not a string');
    expect(refusal(entered({ act: 'delete', ref: { kind: 'Pod' } }))).toBe('inputs[0].input.ref.name: not a string');
    expect(refusal(entered({ act: 'inject', fault: {} }))).toBe('inputs[0].input.fault.kind: not a string');
    expect(refusal({ until: { at: -1, after: 0 } })).toContain('until.at: not a time');
    expect(refusal({ until: { at: 1, after: 300 } })).toBe('until.at: the run ends before its last input');
    expect(() => readRun('{"format":"orrery-run",')).toThrow('damaged or cut off');
    expect(() => readRun('[]')).toThrow('the run: not an object');
    expect(() => readRun(' '.repeat(2 ** 20 + 1))).toThrow('larger than 1024 KiB');
  });
});

describe('a link', () => {
  it('carries a run', async () => {
    const payload = await runToPayload(run);
    expect(payload).toMatch(/^[\w-]+$/);
    expect(await runFromPayload(payload)).toEqual(run);
  });

  it('refuses what is cut off, damaged, too long or too large inside', async () => {
    const payload = await runToPayload(run);
    await expect(runFromPayload(payload.slice(0, -20))).rejects.toThrow('cut off');
    await expect(runFromPayload(`${payload.slice(0, 10)}*${payload.slice(11)}`)).rejects.toThrow('at character 11');
    await expect(runFromPayload('A'.repeat(MAX_LINK_CHARS + 1))).rejects.toThrow('longer than 64 KiB');
    await expect(runFromPayload('')).rejects.toThrow('cut off');
    const noise = Array.from({ length: 60_000 }, (_, i) => String.fromCharCode(33 + Math.floor(mix(i) * 89))).join('');
    const long: Run = { ...run, inputs: [{ at: 5, after: 12, input: { act: 'apply', text: noise } }] };
    const huge: Run = { ...run, inputs: [{ at: 5, after: 12, input: { act: 'apply', text: ' '.repeat(2 ** 21) } }] };
    const bomb = await runToPayload(huge);
    expect(bomb.length).toBeLessThan(MAX_LINK_CHARS);
    await expect(runFromPayload(bomb)).rejects.toThrow('larger than 1024 KiB when it is inflated');
    await expect(runToPayload({ ...long, name: noise.repeat(12) })).rejects.toThrow('too long for a link');
  });
});

/** A host whose time is moved by hand. */
function hostOf(): { told: FromWorker[]; receive(message: ToWorker): void; tick(): void } {
  const told: FromWorker[] = [];
  const due: (() => void)[] = [];
  const host = new Host((message) => told.push(message), {
    now: () => 0,
    after: (_ms, callback) => void due.push(callback),
  });
  return { told, receive: (message) => host.receive(message), tick: () => due.shift()?.() };
}

function saved(): Run {
  const host = hostOf();
  host.receive({ type: 'create', options: { seed: 5, workers: 2 }, playing: false, speed: 1 });
  host.receive({ type: 'input', id: 1, input: { act: 'cordon', node: 'kind-worker', unschedulable: true } });
  for (let i = 0; i < 30; i++) host.receive({ type: 'step' });
  host.receive({
    type: 'input',
    id: 2,
    input: { act: 'inject', fault: { kind: 'node-reboot', target: 'kind-worker' } },
  });
  for (let i = 0; i < 60; i++) host.receive({ type: 'step' });
  host.receive({ type: 'query', id: 9, query: { ask: 'run' } });
  const answer = host.told.find((message) => message.type === 'answer');
  return readRun(JSON.stringify(answer?.type === 'answer' ? answer.answer : null));
}

function loaded(given: Run): FromWorker[] {
  const host = hostOf();
  host.receive({ type: 'create', options: { workers: 0, addons: false }, playing: false, speed: 1 });
  host.receive({ type: 'load', run: given });
  for (let i = 0; i < 1_000 && !host.told.some(({ type }) => type === 'loaded'); i++) host.tick();
  host.receive({ type: 'query', id: 9, query: { ask: 'digest' } });
  return host.told;
}

describe('loading a run', { timeout: 60_000 }, () => {
  it('replays exactly to where it was saved, with all that happened', () => {
    const given = saved();
    const told = loaded(given);
    expect(told.findLast(({ type }) => type === 'loaded')).toEqual({ type: 'loaded', name: 'main' });
    expect(told.findLast(({ type }) => type === 'answer')).toMatchObject({ answer: given.digest });
    const frame = told.findLast((message) => message.type === 'frame' && message.record !== undefined);
    if (frame?.type !== 'frame') throw new Error('No frame brought the record.');
    expect(frame.record?.marks.map(({ text }) => text)[0]).toBe('kubectl cordon kind-worker');
    expect(frame.place).toMatchObject({ run: 2, newest: given.until.at });
  });

  it('says where a run of another engine goes another way', () => {
    const given = saved();
    const [first, second] = given.inputs as [Run['inputs'][0], Run['inputs'][0]];
    for (const by of [1_000, -10]) {
      const other = { ...given, inputs: [first, { ...second, after: second.after + by }] };
      expect(loaded(other).findLast(({ type }) => type === 'loaded')).toMatchObject({ differsAt: second.at });
    }
    const digest = { ...given, digest: 'ffffffffffffffff' };
    expect(loaded(digest).findLast(({ type }) => type === 'loaded')).toMatchObject({ differsAt: given.until.at });
  });

  it('keeps the present run when the other cannot be had', () => {
    const told = loaded({
      ...run,
      options: {
        machines: [
          { name: 'a', role: 'worker' },
          { name: 'a', role: 'worker' },
        ],
      },
    });
    expect(told.findLast(({ type }) => type === 'loaded')).toHaveProperty('error');
    const digest = createCluster({ workers: 0, addons: false }).digest();
    expect(told.findLast(({ type }) => type === 'answer')).toMatchObject({ answer: digest });
  });
});

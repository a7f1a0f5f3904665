import { createContext, Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Coverage } from '../../scripts/split/coverage.ts';
import { type Parts, split } from '../../scripts/split/split.ts';
import { asScript, bundleWorker, splitByUse } from '../../scripts/split/split-engine.ts';
import { parse } from '../../scripts/split/syntax.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** Both parts as one script; `arrive()` is what the import of the late one does. */
function joined({ early, late }: Parts): string {
  const shared = /^import \{([^}]*)\}/.exec(late)?.[1];
  return `var arrive = (() => { ${asScript(early)}\nreturn () => (({${shared}}) => { ${asScript(late)} })({${shared}}); })();`;
}

describe('code cut where it did not run', () => {
  /** The parts of a script that defines `run`, which is called with 1 to see what runs. */
  function cut(code: string): Parts {
    const coverage = new Coverage(code.length);
    coverage.measure(code, 'sample.js', { self: {} }, 'self.run(1)');
    const body = parse(code);
    coverage.forgiveForIn(body);
    return split(code, body, coverage.isDead, 'early');
  }
  /** What `run` gives for that value, once the late part is there. */
  function resultOf(code: string, value: number): unknown {
    const world = createContext({ self: {}, value });
    new Script(`${joined(cut(code))}\narrive();`).runInContext(world);
    return JSON.parse(new Script('JSON.stringify(self.run(value)) ?? null').runInContext(world));
  }
  const LONG = `'${'long '.repeat(20)}'`;

  test.each([
    ['a function', `function far(x) { return [x, ${LONG}]; } self.run = (x) => (x > 1 ? far(x) : []);`],
    [
      'a constant',
      `var TEXT = new Set([${LONG}]); self.run = (x) => { if (x > 1) { const all = [x, [...TEXT], 'as long as it has to be to leave']; return all; } };`,
    ],
    [
      'a branch',
      `self.run = (x) => { let y = x; y++; if (y > 2) { const all = [${LONG}, y]; return all; } return [y]; };`,
    ],
    ['an arm', `self.run = (x) => { const y = x * 2; return x > 1 ? [${LONG}, y].concat(x) : x; };`],
    [
      'a method',
      `var C = class { n = 3; far(x) { return [this.n, x, ${LONG}, (() => this.n)()]; } }; self.run = (x) => { const c = new C(); return x > 1 ? c.far(x) : x; };`,
    ],
    [
      'a case',
      `self.run = (x) => { let found = []; switch (x) { case 1: break; case 2: found.push(${LONG}); found.push(x); break; default: } return found; };`,
    ],
    [
      'the end of a loop',
      `self.run = (x) => { const found = []; for (const i of [1, 2, 3]) { if (i < x) { found.push(${LONG}, i); continue; } found.push(i); } return found; };`,
    ],
    [
      'an entry of a table',
      `var T = { one: () => 1, two: (x) => [${LONG}, x], three(x) { return [x, this.one(), ${LONG}]; } }; self.run = (x) => (x === 2 ? T.two(x) : x === 3 ? T.three(x) : T.one());`,
    ],
    [
      'what follows a loop over nothing does not, but runs',
      `self.run = (x) => { let n = 0; for (const key in undefined) n++; if (x > 1) n += ${LONG}.length; return n + 1; };`,
    ],
  ])('%s leaves, and does the same when it is there', (what, code) => {
    const { early, late } = cut(code);
    expect(early.includes('long')).toBe(what.includes('does not'));
    expect(late.includes('long')).toBe(!what.includes('does not'));
    for (const value of [1, 2, 3]) {
      const world = createContext({ self: {}, value });
      new Script(code).runInContext(world);
      const expected = JSON.parse(new Script('JSON.stringify(self.run(value)) ?? null').runInContext(world));
      expect(resultOf(code, value)).toEqual(expected);
    }
  });

  test.each([
    [
      'assigns to a variable of around',
      `self.run = (x) => { let y = 0; if (x > 1) { y = ${LONG}.at(x); } return y; };`,
    ],
    [
      'is left by a break',
      `self.run = (x) => { for (const i of [1]) { if (x > i) { if (x > 2) break; x = [${LONG}, x]; } } return x; };`,
    ],
    [
      'needs a variable that changes behind its back',
      `self.run = (x) => { let y = 0; const up = () => { y++; return y; }; up(); if (x > 1) { up(); return [y, ${LONG}]; } return y; };`,
    ],
    [
      'has effects when it is made',
      `var log = []; function noted(x) { log.push(x); return x; } var A = noted(${LONG}); self.run = (x) => x;`,
    ],
    [
      'is made of what changes',
      `var log = []; var SEEN = [...log, ${LONG}]; self.run = (x) => { log.push(x); return x > 1 ? [SEEN, 'as long as it has to be to leave its place for ever'] : x; };`,
    ],
  ])('what %s stays', (_, code) => {
    expect(cut(code).early).toContain('long ');
  });

  test('what is called before it is there says so', () => {
    const code = `function far(x) { return [x, ${LONG}]; } self.run = (x) => { try { return x > 1 ? far(x) : x; } catch { return 'swallowed'; } };`;
    const self: { calledEarly?: true; run?: (x: number) => unknown } = {};
    new Script(joined(cut(code))).runInContext(createContext({ self }));
    expect(self.run?.(1)).toBe(1);
    expect(self.calledEarly).toBeUndefined();
    expect(self.run?.(2)).toBe('swallowed');
    expect(self.calledEarly).toBe(true);
  });
});

describe('the worker in two parts', () => {
  const MANIFEST = JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
    },
  });

  /** A worker whose clock is ours: what it says, and how to go on by a tick. */
  function start(script: string): { said: FromWorker[]; tell(message: ToWorker): void; tick(): void; arrive(): void } {
    const said: FromWorker[] = [];
    const due: (() => void)[] = [];
    let now = 0;
    const self: { onmessage?: (event: unknown) => void; postMessage(text: string): void } = {
      postMessage: (text) => said.push(JSON.parse(text)),
    };
    const world = createContext({ self, performance: { now: () => now }, setTimeout: (f: () => void) => due.push(f) });
    new Script(
      '{ const { postMessage } = self; self.postMessage = (m) => postMessage(JSON.stringify(m)); }',
    ).runInContext(world);
    new Script(
      script.replace('new Promise(()=>{})', 'new Promise((loaded) => { self.loaded = loaded; })'),
    ).runInContext(world);
    return {
      said,
      tell: (message) => void new Script(`self.onmessage({ data: ${JSON.stringify(message)} })`).runInContext(world),
      tick: () => {
        now += 16;
        for (const callback of due.splice(0)) callback();
      },
      arrive: () => void new Script('globalThis.arrive?.(); self.loaded()').runInContext(world),
    };
  }

  async function play(script: string, whenWhole: 'before' | 'after'): Promise<FromWorker[]> {
    const worker = start(script);
    const becomeWhole = async (): Promise<void> => {
      worker.arrive();
      await new Promise(setImmediate);
    };
    if (whenWhole === 'before') await becomeWhole();
    worker.tell({ type: 'create', options: { seed: 3 }, speed: 16, playing: true });
    if (whenWhole === 'after') {
      expect(worker.said.map(({ type }) => type)).toContain('frame');
      await becomeWhole();
    }
    const run = (ticks: number): void => {
      for (let i = 0; i < ticks; i++) worker.tick();
    };
    run(20);
    worker.tell({ type: 'input', id: 1, input: { act: 'apply', text: MANIFEST } });
    run(60);
    worker.tell({
      type: 'input',
      id: 2,
      input: { act: 'inject', fault: { kind: 'node-power-off', target: 'kind-worker' } },
    });
    run(60);
    worker.tell({ type: 'query', id: 3, query: { ask: 'digest' } });
    return worker.said;
  }

  test('says, message for message, what the whole one says, whenever the second part comes', async () => {
    const whole = await bundleWorker();
    const parts = joined(splitByUse(whole));
    const expected = await play(asScript(whole), 'before');
    const outcomes = expected.filter(({ type }) => type === 'inputDone');
    expect(outcomes).toEqual([
      expect.objectContaining({ id: 1, results: [expect.objectContaining({ verb: 'created' })] }),
      expect.objectContaining({ id: 2, fault: expect.anything() }),
    ]);
    expect(expected.at(-1)).toMatchObject({ type: 'answer', id: 3, answer: expect.any(String) });
    expect(await play(parts, 'before')).toEqual(expected);
    expect(await play(parts, 'after')).toEqual(expected);
  });
});

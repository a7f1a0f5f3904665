import { describe, expect, it } from 'vitest';
import type { Disturbance } from './disturbances.ts';
import { Kernel } from './kernel.ts';
import { digestOf, restoreSnapshot, takeSnapshot } from './snapshot.ts';
import { type Body, type ComponentDefinition, send, timer } from './types.ts';

interface TalkerState {
  readonly peer: string;
  readonly questions: number;
  readonly mute: boolean;
  asked: number;
  /** What arrived and when: `ask 3`, `answer 3`, `refused 4`, `lost`. */
  heard: [at: number, what: string][];
  wall: number;
}

/** Asks its peer a numbered question each second (or so many in all), and answers unless it is mute; gossips besides. */
const talker: ComponentDefinition<TalkerState, never, { peer: string; questions?: number; mute?: boolean }> = {
  component: 'talker',
  create: ({ peer, questions = 1_000, mute = false }) => ({ peer, questions, mute, asked: 0, heard: [], wall: 0 }),
  datagrams: ['gossip'],
  step: (state, message, env) => {
    const body = message.body as Body & { n?: number };
    state.wall = env.wallNow;
    switch (body.type) {
      case 'start':
        return state.peer === '' ? [] : [timer('ask', 1000, { periodic: true })];
      case 'timer': {
        const n = ++state.asked;
        if (n > state.questions) return [];
        return [
          timer('ask', 1000, { periodic: true }),
          send(state.peer, { type: 'ask', n, requestId: n } as Body, { periodic: false }),
          send(state.peer, { type: 'gossip', n } as Body),
        ];
      }
      case 'ask':
        state.heard.push([env.now, `ask ${body.n}`]);
        if (state.mute) return [];
        return [send(message.from, { type: 'answer', n: body.n, requestId: body.n, reply: true } as Body)];
      case 'answer':
      case 'gossip':
        state.heard.push([env.now, `${body.type} ${body.n}`]);
        return [];
      case 'connectionRefused':
        state.heard.push([env.now, `refused ${body.requestId}`]);
        return [];
      case 'connectionLost':
        state.heard.push([env.now, 'lost']);
        return [];
      default:
        return [];
    }
  },
  peers: ({ peer }) => (peer === '' ? [] : [peer]),
};
const machine: ComponentDefinition<object, never, object> = {
  component: 'machine',
  create: () => ({}),
  step: () => [],
};
const definitions = { talker, machine } as never;

/** It asks its peer; without one it only answers. */
function startTalker(kernel: Kernel, host: string, peer: string): void {
  kernel.spawn('talker', host, { peer }, undefined, '');
}

function talk(seed = 1): Kernel {
  const kernel = new Kernel(definitions, seed, 0);
  for (const name of ['a', 'b', 'c']) {
    kernel.addMachine(name, {});
    kernel.powerOn(name);
  }
  startTalker(kernel, 'a', 'talker@b');
  startTalker(kernel, 'b', '');
  startTalker(kernel, 'c', 'talker@b');
  return kernel;
}

const heard = (kernel: Kernel, host: string, since = 0): string[] =>
  (kernel.state<TalkerState>(`talker@${host}`)?.heard ?? [])
    .filter(([at, what]) => at > since && !what.startsWith('gossip'))
    .map(([, what]) => what);
const gossip = (kernel: Kernel, since = 0): number =>
  (kernel.state<TalkerState>('talker@b')?.heard ?? []).filter(([at, what]) => at > since && what.startsWith('gossip'))
    .length;
const cut: Disturbance = { kind: 'cut', a: ['a'], b: ['b', 'c'] };

/** At 2.5 s, when two answers have come, `x` cuts a off. */
function cutOff(): Kernel {
  const kernel = talk();
  kernel.advanceTo(2_500);
  kernel.disturb('x', cut);
  return kernel;
}

/** At 5.5 s, behind the cut, the talker at a is killed and another one started in its place. */
function replacedBehindCut(): Kernel {
  const kernel = cutOff();
  kernel.advanceTo(5_500);
  kernel.kill('talker@a', 137);
  startTalker(kernel, 'a', 'talker@b');
  return kernel;
}

describe('a cut', () => {
  it('holds what is sent over a connection, and lets it through in order at the next repeat after it heals', () => {
    const kernel = cutOff();
    kernel.advanceTo(8_500);
    expect(heard(kernel, 'b', 2_500).filter((what) => what === 'ask 3')).toHaveLength(1);
    kernel.undisturb('x');
    kernel.advanceTo(8_900);
    expect(heard(kernel, 'a', 2_500)).toEqual([]);
    kernel.advanceTo(12_500);
    // First tried at 3 s, then after 0.2, 0.6, 1.4, 3 and 6.2 s: at 9.2 s it gets through, and the rest in order behind it.
    expect(heard(kernel, 'a', 2_500)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `answer ${n}`));
    const answers = kernel.state<TalkerState>('talker@a')?.heard ?? [];
    expect(answers.find(([, what]) => what === 'answer 3')?.[0]).toBeGreaterThan(9_200);
    expect(kernel.disturbances?.broken.size).toBe(0);
  });

  it('is not overtaken by what a slow process has yet to send', () => {
    const kernel = talk();
    kernel.disturb('slow', { kind: 'slow', address: 'talker@b', ms: 7_000 });
    kernel.advanceTo(9_500);
    kernel.disturb('x', cut);
    kernel.advanceTo(13_500);
    kernel.undisturb('slow');
    kernel.undisturb('x');
    kernel.advanceTo(25_500);
    const answers = heard(kernel, 'a');
    expect(answers).toEqual(answers.map((_, i) => `answer ${i + 1}`));
    expect(answers.length).toBeGreaterThan(20);
  });

  it('loses datagrams, and leaves everybody else alone', () => {
    const kernel = talk();
    kernel.advanceTo(2_500);
    kernel.disturb('x', { kind: 'cut', a: ['a'], b: ['b'] });
    kernel.advanceTo(12_500);
    expect(gossip(kernel, 2_500)).toBe(10);
    expect(heard(kernel, 'c', 2_500)).toHaveLength(10);
  });

  it('is noticed at both ends after 45 s; new connections then fail after 30 s', () => {
    const kernel = cutOff();
    kernel.advanceTo(47_000);
    expect(heard(kernel, 'a', 2_500)).toEqual([]);
    kernel.advanceTo(48_000);
    expect(heard(kernel, 'a', 2_500)).toEqual(['lost']);
    expect(heard(kernel, 'b', 2_500)).toContain('lost');
    kernel.advanceTo(79_500);
    // Question 48 was the first that dialled.
    expect(heard(kernel, 'a', 2_500)).toEqual(['lost', 'refused 48', 'refused 49']);
    kernel.undisturb('x');
    kernel.advanceTo(120_000);
    const after = heard(kernel, 'a', 80_000);
    // From 65 on a SYN was still to come when the wire was whole; those before had sent their last.
    const numbers = (kind: string): number[] =>
      after.filter((what) => what.startsWith(kind)).map((what) => Number(what.slice(kind.length)));
    expect(numbers('refused').filter((n) => n >= 65)).toEqual([]);
    expect(numbers('answer')).toEqual(Array.from({ length: 55 }, (_, i) => 65 + i));
    // None of what the dead connection held comes back to life.
    expect(after).not.toContain('answer 20');
    expect(kernel.pending).toBeLessThan(3);
  });

  it('takes with the connection what repeats would have brought only after it', () => {
    const kernel = cutOff();
    kernel.advanceTo(5_500);
    kernel.disturb('slow', { kind: 'latency', a: ['a'], b: ['b'], ms: 60_000, jitterMs: 0 });
    kernel.advanceTo(7_500);
    kernel.undisturb('slow');
    kernel.advanceTo(50_500);
    kernel.undisturb('x');
    kernel.advanceTo(90_000);
    const questions = heard(kernel, 'b', 48_000).filter((what) => what === 'ask 6' || what === 'ask 7');
    expect(questions).toEqual([]);
    expect(heard(kernel, 'a', 48_000)).toContain('answer 80');
    expect(heard(kernel, 'a', 48_000)).not.toContain('answer 6');
  });

  it('ends every dial, also to a process that has ended meanwhile', () => {
    const kernel = cutOff();
    kernel.advanceTo(49_500);
    kernel.kill('talker@b', 1);
    kernel.advanceTo(60_000);
    kernel.undisturb('x');
    kernel.advanceTo(90_000);
    expect(heard(kernel, 'a', 48_000)).toContain('refused 48');
  });

  it('that heals soon still ends a connection to a process that has ended meanwhile', () => {
    const kernel = cutOff();
    kernel.advanceTo(20_500);
    kernel.kill('talker@b', 1);
    kernel.advanceTo(30_000);
    expect(heard(kernel, 'a', 2_500)).toEqual([]);
    kernel.undisturb('x');
    kernel.advanceTo(31_000);
    expect(heard(kernel, 'a', 2_500)).toContain('lost');
  });

  it('in one direction lets the other through until the connection is given up', () => {
    const kernel = talk();
    kernel.advanceTo(2_500);
    kernel.disturb('x', { kind: 'cut', a: ['talker@b'], b: ['talker@a'], oneWay: true });
    kernel.advanceTo(40_000);
    expect(heard(kernel, 'b', 2_500).filter((what) => what === 'ask 39')).toHaveLength(2);
    expect(heard(kernel, 'a', 2_500)).toEqual([]);
    kernel.advanceTo(60_000);
    expect(heard(kernel, 'a', 2_500)).toEqual(['lost']);
    // a's new connections come to nothing: b's half of the handshake is lost.
    expect(heard(kernel, 'b', 48_000).filter((what) => what === 'ask 50')).toHaveLength(1);
  });

  it('outlives another: a wire is whole when the last cut has healed, in either order', () => {
    for (const order of [
      ['x', 'y'],
      ['y', 'x'],
    ]) {
      const kernel = cutOff();
      kernel.disturb('y', { kind: 'cut', a: ['b'], b: ['*'] });
      kernel.advanceTo(5_000);
      kernel.undisturb(order[0] as string);
      kernel.advanceTo(10_000);
      expect(heard(kernel, 'a', 2_500)).toEqual([]);
      kernel.undisturb(order[1] as string);
      kernel.advanceTo(30_000);
      expect(heard(kernel, 'a', 2_500)).toContain('answer 3');
    }
  });

  it('does not carry messages of a process that ended behind it over to the next', () => {
    const kernel = replacedBehindCut();
    kernel.advanceTo(10_000);
    kernel.undisturb('x');
    kernel.advanceTo(60_000);
    const afterwards = heard(kernel, 'a');
    expect(afterwards.slice(0, 2)).toEqual(['answer 1', 'answer 2']);
    // b learns of the old connection's end before it hears anything over the new one.
    const atB = heard(kernel, 'b', 9_999).filter((what) => what === 'lost' || what === 'ask 1');
    expect(atB).toEqual(['lost', 'ask 1']);
    expect(afterwards).not.toContain('lost');
  });

  it('lets the end of an old connection through before a dial that is on its way when the wire heals', () => {
    for (let healsAt = 9_500; healsAt < 9_520; healsAt++) {
      const kernel = replacedBehindCut();
      // The new talker's first dial leaves at 6.5 s, and again at 7.5 and 9.5 s.
      kernel.advanceTo(healsAt);
      kernel.undisturb('x');
      kernel.advanceTo(30_000);
      const atB = heard(kernel, 'b', 9_000).filter((what) => what === 'lost' || what === 'ask 1');
      expect(atB).toEqual(['lost', 'ask 1']);
    }
  });

  it('loses with a process all that it had sent, also what would arrive after the cut', () => {
    const kernel = talk();
    kernel.kill('talker@c', 1);
    kernel.advanceTo(2_500);
    kernel.disturb('x', cut);
    kernel.advanceTo(5_500);
    expect(heard(kernel, 'b', 1_000)).toEqual(['ask 1', 'ask 2']);
    kernel.disturb('slow', { kind: 'latency', a: ['a'], b: ['b'], ms: 5_000, jitterMs: 0 });
    kernel.advanceTo(7_500);
    kernel.kill('talker@a', 137);
    kernel.undisturb('x');
    kernel.undisturb('slow');
    kernel.advanceTo(60_000);
    // Never a later question without those before.
    expect(heard(kernel, 'b', 2_500)).toEqual(['lost']);
  });

  it('that takes the answers of a host without power is noticed by who waited for them', () => {
    const kernel = talk();
    kernel.kill('talker@c', 1);
    kernel.disturb('slow', { kind: 'latency', a: ['a'], b: ['b'], ms: 2_000, jitterMs: 0 });
    kernel.advanceTo(7_500);
    kernel.powerOff('b');
    kernel.disturb('x', cut);
    kernel.advanceTo(60_000);
    const since = heard(kernel, 'a', 7_500);
    expect(since.filter((what) => what.startsWith('answer'))).toEqual([]);
    expect(since).toContain('lost');
  });

  it('ends a connection over which nothing has gone yet but a question that was dialled again', () => {
    const kernel = new Kernel(definitions, 1, 0);
    for (const name of ['a', 'b']) kernel.addMachine(name, {});
    kernel.powerOn('a');
    kernel.spawn('talker', 'a', { peer: 'talker@b', questions: 1 }, undefined, '');
    kernel.advanceTo(1_500);
    kernel.powerOn('b');
    kernel.spawn('talker', 'b', { peer: '', mute: true }, undefined, '');
    kernel.advanceTo(3_000);
    expect(heard(kernel, 'b')).toEqual(['ask 1']);
    kernel.disturb('x', { kind: 'cut', a: ['a'], b: ['b'] });
    kernel.advanceTo(60_000);
    expect(heard(kernel, 'a')).toEqual(['lost']);
  });

  it('takes with an answer of a process that has ended all that is behind it', () => {
    const kernel = talk();
    kernel.disturb('slow', { kind: 'latency', a: ['a'], b: ['b'], ms: 2_000, jitterMs: 0 });
    kernel.advanceTo(7_500);
    expect(heard(kernel, 'a')).toEqual(['answer 1', 'answer 2', 'answer 3']);
    kernel.kill('talker@b', 137);
    kernel.disturb('x', cut);
    // The fourth answer comes to the cut, the fifth and sixth after it.
    kernel.advanceTo(8_500);
    kernel.undisturb('x');
    kernel.advanceTo(12_000);
    expect(heard(kernel, 'a', 7_500).filter((what) => what.startsWith('answer'))).toEqual([]);
  });
});

describe('bad wires', () => {
  it('reach a machine that is added while they are bad', () => {
    const kernel = new Kernel(definitions, 1, 0);
    kernel.addMachine('a', {});
    kernel.powerOn('a');
    startTalker(kernel, 'a', 'talker@b');
    kernel.disturb('x', { kind: 'cut', a: ['a'], b: ['*'] });
    kernel.advanceTo(5_500);
    kernel.addMachine('b', {});
    kernel.powerOn('b');
    startTalker(kernel, 'b', '');
    kernel.advanceTo(20_500);
    expect(heard(kernel, 'b')).toEqual([]);
    expect(gossip(kernel)).toBe(0);
    kernel.undisturb('x');
    kernel.advanceTo(40_500);
    expect(heard(kernel, 'b').length).toBeGreaterThan(10);
  });

  it('add latency in both directions, in order', () => {
    const kernel = talk();
    kernel.disturb('x', { kind: 'latency', a: ['a'], b: ['b'], ms: 300, jitterMs: 200 });
    kernel.advanceTo(20_000);
    const answers = (kernel.state<TalkerState>('talker@a')?.heard ?? []).filter(([, what]) =>
      what.startsWith('answer'),
    );
    expect(answers.length).toBeGreaterThan(15);
    expect(answers.map(([, what]) => what)).toEqual(answers.map((_, i) => `answer ${i + 1}`));
    // Asked each second; both ways take 300 to 500 ms more.
    for (const [i, [at]] of answers.entries()) {
      expect(at - 1000 * (i + 1)).toBeGreaterThan(600);
      expect(at - 1000 * (i + 1)).toBeLessThan(1_100);
    }
  });

  it('lose datagrams at their rate, and delay what is sent over TCP by repeats', () => {
    const kernel = talk();
    kernel.disturb('x', { kind: 'drop', a: ['a'], b: ['b'], rate: 0.5 });
    kernel.advanceTo(100_500);
    const answers = heard(kernel, 'a');
    expect(answers.length).toBeGreaterThan(70);
    expect(answers).toEqual(answers.map((_, i) => `answer ${i + 1}`));
    const arrived = gossip(kernel) - 100;
    expect(arrived).toBeGreaterThan(30);
    expect(arrived).toBeLessThan(70);
  });
});

it('a wrong clock shows on the wall only, and two add up', () => {
  const kernel = talk();
  kernel.disturb('x', { kind: 'skew', host: 'a', ms: 60_000 });
  kernel.disturb('y', { kind: 'skew', host: 'a', ms: -5_000 });
  kernel.advanceTo(1_000);
  expect(kernel.state<TalkerState>('talker@a')?.wall).toBe(56_000);
  kernel.undisturb('x');
  kernel.advanceTo(2_000);
  expect(kernel.state<TalkerState>('talker@a')?.wall).toBeLessThan(0);
  expect(kernel.state<TalkerState>('talker@c')?.wall).toBeGreaterThan(1_999);
});

it('a slowed process answers later, in order', () => {
  const kernel = talk();
  kernel.disturb('x', { kind: 'slow', address: 'talker@b', ms: 2_500 });
  kernel.advanceTo(10_000);
  expect(heard(kernel, 'a')).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `answer ${n}`));
});

it('continues a snapshot taken at any moment of it exactly', () => {
  for (let at = 1_000; at < 100_000; at += 7_777) {
    const original = talk(at);
    const kernels = [original];
    const at2 = (ms: number, act: (kernel: Kernel) => void): void => {
      if (at < ms && kernels.length === 1) {
        original.advanceTo(at);
        const text = JSON.stringify(takeSnapshot(original, null));
        kernels.push(restoreSnapshot(definitions, JSON.parse(text)).kernel);
      }
      for (const kernel of kernels) {
        kernel.advanceTo(ms);
        act(kernel);
      }
    };
    at2(2_500, (kernel) => kernel.disturb('x', cut));
    at2(5_000, (kernel) => kernel.disturb('l', { kind: 'latency', a: ['*'], b: ['b'], ms: 50, jitterMs: 50 }));
    at2(6_000, (kernel) => kernel.disturb('d', { kind: 'drop', a: ['c'], b: ['b'], rate: 0.3 }));
    at2(7_000, (kernel) => kernel.kill('talker@a', 1));
    at2(8_000, (kernel) => startTalker(kernel, 'a', 'talker@b'));
    at2(60_000, (kernel) => kernel.undisturb('x'));
    at2(70_000, (kernel) => kernel.undisturb('d'));
    at2(110_000, () => {});
    const [one, other] = kernels.map((kernel) => digestOf(takeSnapshot(kernel, null)));
    expect(other).toBe(one);
  }
});

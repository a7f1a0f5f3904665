import { describe, expect, it } from 'vitest';
import { createCluster } from '../../engine/index.ts';
import { Mirror } from '../store/mirror.ts';
import { embedOptions } from './options.ts';
import { SCENARIO_NAMES } from './scenario-names.ts';
import { SCENARIOS } from './scenarios.ts';

describe('the address of an embed', () => {
  it('is read', () => {
    const search = '?v=1&scenario=node-death&seed=7&theme=dark&autoplay=1&speed=2&caption=0';
    expect(embedOptions(search)).toEqual({
      scenario: 'node-death',
      seed: 7,
      theme: 'dark',
      autoplay: true,
      speed: 2,
      caption: false,
      problems: [],
    });
  });

  it('need not say anything, and follows the page it is in', () => {
    expect(embedOptions('')).toMatchObject({ scenario: 'deploy', theme: 'system', autoplay: false, problems: [] });
    expect(embedOptions('?theme=auto')).toMatchObject({ theme: 'system', problems: [] });
  });

  it('says what of it is not understood, and uses the rest', () => {
    const search = '?scenario=nope&seed=-1&theme=pink&speed=&colour=red&__proto__=1&seed=3';
    const options = embedOptions(search);
    expect(options.problems).toEqual([
      `“scenario=nope” is not used: scenario has to be one of ${SCENARIO_NAMES.join(', ')}. Instead it is deploy.`,
      '“seed=-1” is not used: seed has to be a whole number from 0 to 4294967295. Instead it is 3.',
      '“theme=pink” is not used: theme has to be light, dark or auto. Instead it is auto.',
      '“speed” is not used: speed has to be story, or a number from 0.001 to 1000. Instead it is story.',
      '“colour=red” means nothing here: the options are v, scenario, seed, theme, autoplay, speed, caption.',
      '“__proto__=1” means nothing here: the options are v, scenario, seed, theme, autoplay, speed, caption.',
    ]);
    expect(options).toMatchObject({ scenario: 'deploy', seed: 3, theme: 'system', speed: 'story' });
  });
});

it.each(SCENARIO_NAMES)('the scenario %s can be played', (name) => {
  const { before = [], acts } = SCENARIOS[name];
  const cluster = createCluster({ seed: 1 });
  const mirror = new Mirror();
  cluster.observe((frame) => mirror.apply(frame, 1));
  cluster.publish();
  const play = (input: ReturnType<typeof acts>[number]): void => {
    switch (input.act) {
      case 'apply':
        expect(cluster.apply(input.text).map(({ verb }) => verb)).not.toContain('failed');
        break;
      case 'inject':
        cluster.inject(input.fault);
        break;
      case 'scale': {
        const path = `${cluster.pathOf(input.ref)}/scale`;
        const body = { spec: { replicas: input.replicas } };
        const headers = { 'Content-Type': 'application/merge-patch+json' };
        expect(cluster.request({ method: 'PATCH', path, headers, body }).status).toBe(200);
        break;
      }
      default:
        throw new Error(`no scenario has used ${input.act} so far`);
    }
  };
  for (const input of before) {
    play(input);
    expect(cluster.settle()).toBe(true);
  }
  const deeds = acts(mirror);
  expect(deeds.length > 0).toBe(name !== 'idle');
  for (const input of deeds) play(input);
  cluster.advance(60_000);
  expect(mirror.now).toBe(cluster.now);
});

import { expect, it } from 'vitest';
import { createCluster } from '../../engine/index.ts';
import { startOptions } from './start.ts';

it('plays the default cluster at Story pace', () => {
  expect(startOptions('')).toEqual({
    options: { seed: 1, workers: undefined },
    playing: true,
    speed: 'story',
    inPage: false,
    problems: [],
  });
});

it('does what the address asks for', () => {
  expect(startOptions('?seed=7&workers=10&paused&speed=0.5&engine=page')).toEqual({
    options: { seed: 7, workers: 10 },
    playing: false,
    speed: 0.5,
    inPage: true,
    problems: [],
  });
  expect(startOptions('?paused=0&speed=story&engine=worker&profile=kind')).toEqual(startOptions(''));
});

it('makes a control plane of several machines', () => {
  expect(startOptions('?profile=ha&etcd=5').options).toEqual({ seed: 1, profile: 'ha', etcdMembers: 5 });
});

it('says what of it is wrong, and what it does instead', () => {
  const { problems, ...rest } = startOptions('?seed=x&workers=500&speed=-1&profile=cloud&etcd=9&engine=gpu&colour=red');
  const { problems: none, ...standard } = startOptions('');
  expect(rest).toEqual(standard);
  expect(none).toEqual([]);
  expect(problems).toEqual([
    '“seed=x” is not used: seed has to be a whole number from 0 to 4294967295. Instead it is 1.',
    '“workers=500” is not used: workers has to be a whole number from 0 to 50. Instead it is 3.',
    '“speed=-1” is not used: speed has to be story, or a number from 0.001 to 1000. Instead it is story.',
    '“profile=cloud” is not used: profile has to be kind or ha. Instead it is kind.',
    '“etcd=9” is not used: etcd has to be a whole number from 1 to 7. Instead it is 1.',
    '“engine=gpu” is not used: engine has to be worker or page. Instead it is worker.',
    '“colour=red” means nothing here: the options are seed, workers, profile, etcd, paused, speed, engine.',
  ]);
  expect(startOptions('?workers=2.5&seed=').problems).toHaveLength(2);
  expect(startOptions('?engine=toString&paused=valueOf').problems).toHaveLength(2);
});

it('says the number of machines that there really are', () => {
  for (const [query, members] of [
    ['', 1],
    ['?profile=ha', 3],
  ] as const) {
    const cluster = createCluster(startOptions(query).options);
    const names = [...cluster.kernel.processes.keys()];
    expect(names.filter((name) => name.startsWith('etcd@'))).toHaveLength(members);
    expect(names.filter((name) => /^kubelet@kind-worker/.test(name))).toHaveLength(3);
    const [ofEtcd, ofWorkers] = startOptions(`${query || '?'}&etcd=x&workers=x`).problems;
    expect(ofEtcd).toContain(`Instead it is ${members}.`);
    expect(ofWorkers).toContain('Instead it is 3.');
  }
});

import { expect, it } from 'vitest';
import { startOptions } from './start.ts';

it('plays the default cluster at Story pace', () => {
  expect(startOptions('')).toEqual({
    options: { seed: 1, workers: undefined },
    playing: true,
    speed: 'story',
    inPage: false,
  });
});

it('does what the address asks for', () => {
  expect(startOptions('?seed=7&workers=10&paused&speed=0.5&engine=page')).toEqual({
    options: { seed: 7, workers: 10 },
    playing: false,
    speed: 0.5,
    inPage: true,
  });
});

it('makes a control plane of several machines', () => {
  expect(startOptions('?profile=ha&etcd=5').options).toEqual({ seed: 1, profile: 'ha', etcdMembers: 5 });
  expect(startOptions('?profile=cloud&etcd=9').options).toEqual(startOptions('').options);
});

it('takes no nonsense', () => {
  expect(startOptions('?seed=x&workers=9999&speed=-1')).toEqual(startOptions(''));
  expect(startOptions('?workers=2.5&seed=')).toEqual(startOptions(''));
});

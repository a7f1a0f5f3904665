import { expect, it } from 'vitest';
import type { Effect, Env } from '../kernel/types.ts';
import { newClient } from './client.ts';
import { electionAnswer, electionTimer, newElection, releaseElection } from './leader-election.ts';
import type { ApiRequest } from './messages.ts';

const LEASE = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'kube-scheduler', namespace: 'kube-system', uid: 'u', resourceVersion: '7' },
  spec: { holderIdentity: 'cp_1' },
};

const env = (now: number) =>
  ({ now, wallNow: now, self: 's@cp', host: 'cp', messageId: 1, periodic: true, random: () => 0 }) as Env;

/** The requests among the effects, in short. */
const sent = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => {
    if (effect.effect !== 'send') return [];
    const { method, body } = effect.body as ApiRequest;
    const { reason, message, involvedObject, source, spec, reportingComponent } = body as Record<string, never>;
    expect(effect.periodic).toBe(false);
    if (reason === undefined) return [`${method} ${JSON.stringify(spec)}`];
    return [`${reason}: ${message} ${JSON.stringify([involvedObject, source, reportingComponent])}`];
  });

const told = (what: string): string => {
  const about = {
    kind: 'Lease',
    namespace: 'kube-system',
    name: 'kube-scheduler',
    uid: 'u',
    apiVersion: 'coordination.k8s.io/v1',
    resourceVersion: '7',
  };
  return `LeaderElection: cp_1 ${what} ${JSON.stringify([about, { component: 'default-scheduler' }, 'default-scheduler'])}`;
};

function leading() {
  const client = newClient('apiserver@cp', 'system:kube-scheduler', 'kube-scheduler');
  const election = newElection('kube-scheduler', 'cp_1', 'default-scheduler');
  const answer = { tag: 'election/write', status: 200, body: LEASE, cause: 1, periodic: false };
  return { client, election, began: electionAnswer(election, client, env(0), answer) };
}

it('tells who leads in an Event on the Lease, once', () => {
  const { client, election, began } = leading();
  expect(began.change).toBe('started');
  expect(sent(began.effects)).toEqual([told('became leader')]);
  const renewed = { tag: 'election/write', status: 200, body: LEASE, cause: 2, periodic: true };
  expect(electionAnswer(election, client, env(2000), renewed).effects).toEqual([]);
});

it('tells that it could not renew in time', () => {
  const { client, election } = leading();
  const { change, effects } = electionTimer(election, client, env(10_000));
  expect([change, sent(effects)]).toEqual(['stopped', [told('stopped leading')]]);
});

it('tells it too when it gives the Lease back', () => {
  const { client, election } = leading();
  const [first, second] = sent(releaseElection(election, client, env(3000)));
  expect(first).toBe(told('stopped leading'));
  expect(second).toContain('PUT {"holderIdentity":"","leaseDurationSeconds":1');
});

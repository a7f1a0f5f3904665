import { describe, expect, it } from 'vitest';
import { EtcdGroup } from '../testing/etcd-group.ts';
import { narrate } from './index.ts';

/** A group's captions, as a frame would have them. */
function listen(group: EtcdGroup): string[] {
  const captions: string[] = [];
  group.kernel.tap = (message) => {
    if (!message.periodic) captions.push(...narrate(message, group.kernel).map(({ text }) => text));
  };
  return captions;
}

describe('captions of etcd', () => {
  it('tell an election once each, however many members hear of it', () => {
    const group = new EtcdGroup({ size: 5, seed: 2 });
    const leader = group.elect();
    group.advance(2000);
    const captions = listen(group);
    group.crash(leader);
    const next = group.elect();
    group.advance(1000);
    const of = (words: string): string[] => captions.filter((text) => text.includes(words));
    expect(of(`etcd on ${next} leads in term 3`)).toHaveLength(1);
    expect(of('it stands for election in term 3')).toHaveLength(1);
    expect(of(`votes for etcd on ${next}`)).toHaveLength(3);
    // Then all is quiet: heartbeats are not told.
    captions.length = 0;
    group.advance(60_000);
    expect(captions).toEqual([]);
  });

  it('do not repeat each try of a member that is alone', () => {
    const group = new EtcdGroup({ size: 3, seed: 2 });
    const leader = group.elect();
    group.advance(2000);
    const captions = listen(group);
    for (const name of group.names) if (name !== leader) group.crash(name);
    group.advance(60_000);
    expect(captions.filter((text) => text.includes('asks the others'))).toHaveLength(1);
    expect(group.kernel.pending).toBe(0);
  });

  it('tell of a leadership that is handed over', () => {
    const group = new EtcdGroup({ size: 3, seed: 2 });
    const leader = group.elect();
    group.advance(2000);
    const captions = listen(group);
    const to = group.names.find((name) => name !== leader) as string;
    group.ask(leader, { type: 'moveLeader', to } as never);
    group.advance(500);
    expect(captions).toContain(`etcd on ${leader} hands leadership to etcd on ${to}, which has the whole log.`);
    expect(captions.some((text) => text.startsWith(`etcd on ${to} was told to take over`))).toBe(true);
  });
});

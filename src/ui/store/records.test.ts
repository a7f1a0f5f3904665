import { describe, expect, it } from 'vitest';
import type { Frame, MessageView } from '../../engine/door.ts';
import type { Place } from '../../worker/protocol.ts';
import { EMPTY_FRAME, requestNumbered } from '../testing/fixture.ts';
import { Mirror } from './mirror.ts';

/** A frame that tells of these messages, each 10 ms after the one before, and of a caption and a mark for each. */
function frame(now: number, ids: readonly number[], full = false): Frame {
  return {
    ...EMPTY_FRAME,
    now,
    full,
    happened: ids.map((id) => requestNumbered(id)),
    captions: ids.map((id) => ({ at: id * 10, messageId: id, component: 'kubectl', text: `said ${id}`, objects: [] })),
    marks: ids.map((id) => ({ at: id * 10, kind: 'act', text: `did ${id}` })),
  };
}
const place = (newest: number, more: Partial<Place> = {}): Place => ({
  run: 1,
  branch: 1,
  newest,
  fresh: true,
  ...more,
});
const ids = (messages: readonly MessageView[]): number[] => messages.map(({ id }) => id);
const main = { id: 1, name: 'main', forkedAt: 0, end: 50, acts: 0 };

/** A run of 50 ms with five messages. */
function played(): Mirror {
  const mirror = new Mirror();
  mirror.apply(frame(0, [], true), 1, place(0));
  mirror.apply(frame(20, [1, 2]), 1, place(20));
  mirror.apply(frame(50, [3, 4, 5]), 1, place(50));
  return mirror;
}

describe('the record of a run', () => {
  it('stays whole while an earlier moment is shown, which shows what had happened by then', () => {
    const mirror = played();
    mirror.apply(frame(20, [], true), 2, place(50, { fresh: false }));
    expect(ids(mirror.messages)).toEqual([1, 2]);
    expect(mirror.captions.map(({ text }) => text)).toEqual(['said 1', 'said 2']);
    expect(mirror.marks.map(({ text }) => text)).toEqual(['did 1', 'did 2']);
    expect(ids(mirror.record.messages)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is not written twice when the run is played again', () => {
    const mirror = played();
    mirror.apply(frame(20, [], true), 2, place(50, { fresh: false }));
    mirror.apply(frame(40, [3, 4]), 2, place(50, { fresh: false }));
    expect(ids(mirror.messages)).toEqual([1, 2, 3, 4]);
    mirror.apply(frame(50, [5]), 2, place(50, { fresh: false }));
    mirror.apply(frame(60, [6]), 2, place(60));
    expect(ids(mirror.messages)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(mirror.messages).toBe(mirror.record.messages);
  });

  it('is shared by branches up to where they part', () => {
    const mirror = played();
    mirror.apply(frame(20, [], true), 2, place(50, { fresh: false }));
    mirror.know([main, { id: 2, name: 'other', parent: 1, forkedAt: 20, end: 20, acts: 1 }]);
    mirror.apply(
      frame(
        40,
        [13, 14].map((id) => id - 10),
      ),
      2,
      place(40, { branch: 2 }),
    );
    expect(ids(mirror.record.messages)).toEqual([1, 2, 3, 4]);
    mirror.apply(frame(50, [], true), 3, place(50, { fresh: false }));
    expect(ids(mirror.record.messages)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is that of the run that was loaded', () => {
    const mirror = played();
    const { happened, captions, marks } = frame(30, [7, 8]);
    mirror.apply(frame(30, [], true), 2, place(30, { run: 2 }), { messages: happened, captions, marks });
    expect(ids(mirror.messages)).toEqual([7, 8]);
    mirror.apply(frame(0, [], true), 3, place(0, { run: 3 }));
    expect(mirror.messages).toEqual([]);
  });
});

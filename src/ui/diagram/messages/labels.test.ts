import { expect, it } from 'vitest';
import { place } from './labels.ts';
import { labelOf } from './painter.ts';
import { shapeOf } from './shapes.ts';

const VIEW = { from: 0, to: 400 };
const at = { x: 100, y: 50 };

it('puts a label to the right of its dot, else to the left, else nowhere', () => {
  const first = place({ at, isMarked: false }, 80, [], VIEW);
  expect(first).toMatchObject({ side: 'right', box: { x: 112 } });
  const second = place({ at: { x: 104, y: 52 }, isMarked: false }, 80, [first!.box], VIEW);
  expect(second?.side).toBe('left');
  expect(place({ at: { x: 102, y: 55 }, isMarked: false }, 80, [first!.box, second!.box], VIEW)).toBeUndefined();
});

it('always shows the label of what is pointed at', () => {
  const taken = [{ x: 0, y: 0, width: 400, height: 300 }];
  expect(place({ at, isMarked: true }, 80, taken, VIEW)).toBeDefined();
});

it('stays inside the view', () => {
  expect(place({ at: { x: 390, y: 50 }, isMarked: false }, 80, [], VIEW)?.side).toBe('left');
});

it('stays inside its card if there is room for it', () => {
  const card = { from: 0, to: 150 };
  const left = place({ at, card, isMarked: false }, 80, [], VIEW);
  expect(left?.side).toBe('left');
  expect(place({ at, card, isMarked: false }, 80, [left!.box], VIEW)).toBeUndefined();
  expect(place({ at, card: { from: 50, to: 150 }, isMarked: false }, 80, [], VIEW)?.side).toBe('right');
});

it('says what kind of message it is by shape', () => {
  expect(shapeOf({ traffic: 'request' })).toBe('disc');
  expect(shapeOf({ traffic: 'watch' })).toBe('diamond');
  expect(shapeOf({ traffic: 'response', failed: true })).toBe('cross');
});

it('marks watch events and cuts what is too long', () => {
  const message = { id: 1, from: 'a@b', to: 'c@d', sentAt: 0, dueAt: 1, cause: 0, periodic: false } as const;
  expect(labelOf({ ...message, traffic: 'watch', label: 'ADDED pod/web' })).toBe('WATCH ADDED pod/web');
  expect(labelOf({ ...message, traffic: 'request', label: 'x'.repeat(60) })).toHaveLength(38);
});

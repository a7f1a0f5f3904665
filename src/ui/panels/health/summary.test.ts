import { describe, expect, it } from 'vitest';
import type { HealthLine } from '../../../engine/door.ts';
import { newsOf, summaryOf } from './summary.ts';

const line = (id: string, state: HealthLine['state']): HealthLine => ({ id, title: id, state, text: `${id} it is.` });

describe('health', () => {
  it('is as bad as the worst line', () => {
    expect(summaryOf([line('a', 'works')])).toEqual({ state: 'works', text: 'All works' });
    expect(summaryOf([line('a', 'works'), line('b', 'degraded')])).toEqual({ state: 'degraded', text: '1 degraded' });
    expect(summaryOf([line('a', 'stopped'), line('b', 'degraded')])).toEqual({
      state: 'stopped',
      text: '1 stopped, 1 degraded',
    });
  });

  it('is told aloud only where it has changed, the bad first', () => {
    const before = [line('a', 'works'), line('b', 'stopped'), line('c', 'works')];
    const after = [line('a', 'works'), line('b', 'works'), line('c', 'stopped')];
    expect(newsOf(before, after)).toBe('c stopped: c it is. b works: b it is.');
    expect(newsOf(after, after)).toBe('');
  });
});

import { expect, it } from 'vitest';
import { parts } from './parts.ts';

it('cuts a sentence at the names of its objects', () => {
  expect(parts('Scheduler bound web-7c9 to kind-worker2.', ['Pod/default/web-7c9', 'Node//kind-worker2'])).toEqual([
    { text: 'Scheduler bound ' },
    { text: 'web-7c9', key: 'Pod/default/web-7c9' },
    { text: ' to ' },
    { text: 'kind-worker2', key: 'Node//kind-worker2' },
    { text: '.' },
  ]);
});

it('does not take the head of a longer name for the name', () => {
  expect(parts('web-7c9 belongs to web', ['Deployment/default/web'])).toEqual([
    { text: 'web-7c9 belongs to ' },
    { text: 'web', key: 'Deployment/default/web' },
  ]);
});

it('leaves a sentence without names whole', () => {
  expect(parts('Nothing happened.', ['Pod/default/web'])).toEqual([{ text: 'Nothing happened.' }]);
});

import { expect, it } from 'vitest';
import { keepPreferences, preferences, readPreferences } from './preferences.ts';

const storageWith = (text: string): Storage => ({ getItem: () => text }) as unknown as Storage;

it('reads what has the right type, and nothing else', () => {
  const kept = JSON.stringify({ theme: 'dark', leftOpen: 'yes', dockHeight: 300, stranger: 1 });
  expect(readPreferences(() => storageWith(kept))).toEqual({ theme: 'dark', dockHeight: 300 });
  expect(readPreferences(() => storageWith('{"theme":"pink"}'))).toEqual({});
  expect(readPreferences(() => storageWith('not JSON'))).toEqual({});
});

it('does without a storage that is forbidden', () => {
  keepPreferences(() => {
    throw new DOMException('forbidden', 'SecurityError');
  });
  preferences.setState({ theme: 'dark' });
  expect(preferences.getState().theme).toBe('dark');
});

import { describe, expect, test } from 'vitest';
import conversation from '../testdata/golden/api-conversation-v1.35.json';
import defaults from '../testdata/golden/defaults-v1.35.json';
import { decode } from './decode.ts';
import { applyDefaults } from './defaults/index.ts';
import type { KubernetesObject } from './object.ts';
import { resourceOfKind } from './resources.ts';

/** Every object of a modelled kind that a real server showed: defaults, answers and lists. */
function* storedObjects(): Generator<{ from: string; object: KubernetesObject }> {
  for (const { stored } of defaults.objects) yield { from: 'defaults', object: stored as unknown as KubernetesObject };
  for (const step of conversation.steps) {
    const answer = step.answer as unknown as KubernetesObject & { items?: object[] };
    if (answer?.kind?.endsWith('List'))
      for (const item of answer.items ?? [])
        yield {
          from: step.what,
          object: { ...item, kind: answer.kind.slice(0, -4), apiVersion: answer.apiVersion } as KubernetesObject,
        };
    else yield { from: step.what, object: answer };
  }
}

const modelled = [...storedObjects()].filter(
  ({ object }) =>
    typeof object?.apiVersion === 'string' && resourceOfKind(object.apiVersion, object.kind) !== undefined,
);

/** Times are masked in the record. */
const withTimes = (object: KubernetesObject): KubernetesObject =>
  JSON.parse(JSON.stringify(object).replaceAll('"<time>"', '"2026-01-01T00:00:00Z"'));

describe(`${modelled.length} objects that a real server stored`, () => {
  test('read again, they do not change', () => {
    expect(modelled.length).toBeGreaterThan(80);
    for (const { from, object } of modelled) {
      const stored = withTimes(object);
      const result = decode(resourceOfKind(stored.apiVersion, stored.kind)!, stored);
      if ('status' in result) throw new Error(`${from}: ${result.status.message}`);
      expect({ from, object: result.object, warnings: result.warnings }).toEqual({
        from,
        object: stored,
        warnings: [],
      });
    }
  });

  test('they lack no default', () => {
    for (const { from, object } of modelled) {
      const stored = withTimes(object);
      expect({ from, object: applyDefaults(stored) }).toEqual({ from, object: stored });
    }
  });
});

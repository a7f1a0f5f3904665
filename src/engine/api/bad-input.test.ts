import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import record from '../testdata/golden/defaults-v1.35.json';
import { decode } from './decode.ts';
import { applyDefaults } from './defaults/index.ts';
import { parseJson } from './json.ts';
import type { KubernetesObject } from './object.ts';
import { RESOURCES, resourceOfKind } from './resources.ts';
import { invalidStatus, type Status } from './status.ts';
import { prepareForCreate, prepareForUpdate } from './strategies/index.ts';
import { validateCreate, validateUpdate } from './validation/index.ts';
import { parseYaml } from './yaml.ts';

interface Entry {
  sent: KubernetesObject;
  stored: KubernetesObject;
}
const modelled = (record.objects as unknown as Entry[]).filter(({ sent }) =>
  resourceOfKind(sent.apiVersion, sent.kind),
);

/** Values that are likely to be where they do not belong. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    '',
    'x',
    '-',
    'a/b/c',
    '1Gi',
    '200%',
    [],
    {},
    [null],
    [[]],
    [{}],
    { a: null },
  ),
  fc.constantFrom<unknown>({ constructor: 'x' }, 'constructor', '__proto__', JSON.parse('{"__proto__": 1}')),
  fc.jsonValue({ maxDepth: 2 }),
);

/** All places of an object, as paths. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: string[], item: unknown): unknown {
  if (key === undefined) return item;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, item);
  return copy;
}

/** An object of the record with one or two values that do not belong there. */
const spoiled = fc.constantFrom(...modelled).chain(({ sent, stored }) => {
  const whole = { ...stored, metadata: { ...stored.metadata, ...sent.metadata } };
  const places = pathsOf(whole).filter((path) => path.length > 0 && path[0] !== 'kind' && path[0] !== 'apiVersion');
  const spoil = fc.tuple(fc.constantFrom(...places), odd);
  return fc.array(spoil, { minLength: 1, maxLength: 2 }).map((list) => ({
    whole,
    body: list.reduce<unknown>((body, [path, value]) => {
      try {
        return replaced(body, path, value);
      } catch {
        return body;
      }
    }, whole),
  }));
});

function answer(body: unknown, kind: string, apiVersion: string, prior?: KubernetesObject): Status | KubernetesObject {
  const resource = resourceOfKind(apiVersion, kind)!;
  const decoded = decode(resource, body);
  if ('status' in decoded) return decoded.status;
  const object = applyDefaults(decoded.object);
  const ready = prior === undefined ? prepareForCreate(object) : prepareForUpdate(object, prior);
  const errors = prior === undefined ? validateCreate(ready) : validateUpdate(ready, prior);
  return errors.length > 0 ? invalidStatus(kind, resource.group, String(ready.metadata.name ?? ''), errors) : ready;
}

describe('whatever is sent, the answer is an object or a sentence', () => {
  test('at creation', () => {
    fc.assert(
      fc.property(spoiled, ({ whole, body }) => {
        const result = answer(body, whole.kind, whole.apiVersion);
        expect(['Status', whole.kind]).toContain(result.kind);
        if (result.kind === 'Status') expect((result as Status).message).toMatch(/./);
      }),
      { numRuns: 2000 },
    );
  });

  test('at update', () => {
    fc.assert(
      fc.property(spoiled, ({ whole, body }) => {
        expect(['Status', whole.kind]).toContain(answer(body, whole.kind, whole.apiVersion, whole).kind);
      }),
      { numRuns: 1000 },
    );
  });

  test('what is accepted is in stored form: read again, it stays as it is', () => {
    fc.assert(
      fc.property(spoiled, ({ whole, body }) => {
        const result = answer(body, whole.kind, whole.apiVersion);
        if (result.kind === 'Status') return;
        const again = decode(resourceOfKind(whole.apiVersion, whole.kind)!, result);
        if ('status' in again) throw new Error(again.status.message);
        expect(again.object).toEqual(result);
        expect(applyDefaults(again.object)).toEqual(result);
      }),
      { numRuns: 1000 },
    );
  });

  test('of any shape', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RESOURCES), fc.jsonValue(), (resource, body) => {
        expect(answer(body, resource.kind, resource.apiVersion).kind).toMatch(/./);
      }),
    );
  });
});

test('the reader of JSON agrees with the platform', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text)).toMatchObject({ value: JSON.parse(text) });
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const result = parseJson(text);
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect('value' in result).toBe(isJson);
    }),
  );
});

test('the reader of YAML gives documents or sentences for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab:-[]{}"\'\n #&*!|>%,?01') }), (text) => {
      for (const error of parseYaml(text).errors) expect(error.message).toMatch(/./);
    }),
    { numRuns: 2000 },
  );
});

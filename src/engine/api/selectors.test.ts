import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesFields, parseFieldSelector } from './field-selectors.ts';
import type { LabelSelector } from './generated/types.ts';
import type { KubernetesObject } from './object.ts';
import { matches, parseSelector, selectorOf, selectorText, selects } from './selectors.ts';

const parsed = (text: string) => {
  const result = parseSelector(text);
  return 'error' in result ? result.error : selectorText(result.selector);
};

test.each([
  ['', ''],
  ['app=web', 'app=web'],
  ['app==web, tier!=db', 'app==web,tier!=db'],
  ['b,!a', '!a,b'],
  ['app in (f,e),!zz', 'app in (e,f),!zz'],
  ['x notin (a)', 'x notin (a)'],
  ['x in ()', 'x in ()'],
  ['x=', 'x='],
  ['in in (in)', 'in in (in)'],
  ['x>5,y<7', 'x>5,y<7'],
  ['example.com/x', 'example.com/x'],
])('%s reads as %s', (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test.each([
  ['a b c', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a,', "found '', expected: identifier after ','"],
  [',a', "found ',', expected: !, identifier, or 'end of string'"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  [
    'a>x',
    "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
])('%s is refused', (text, sentence) => {
  expect(parsed(text)).toBe(sentence);
});

describe('beside a twin that asks one requirement after the other', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const value = fc.constantFrom('x', 'y', 'z', '');
  const labels = fc.dictionary(key, value, { maxKeys: 3 });
  const selector: fc.Arbitrary<LabelSelector> = fc.record({
    matchLabels: fc.dictionary(key, value, { maxKeys: 2 }),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({
          key,
          operator: fc.constantFrom('In', 'NotIn'),
          // Upstream cannot read back a list of three empty values, either.
          values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }),
        }),
        fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
      ),
      { maxLength: 3 },
    ),
  });
  const twin = (wanted: LabelSelector, have: Record<string, string>): boolean => {
    const pairs = Object.entries(wanted.matchLabels ?? {}).map(([name, text]) => have[name] === text);
    const rules = (wanted.matchExpressions ?? []).map((rule) => {
      const text = have[rule.key];
      const isThere = text !== undefined;
      const isIn = isThere && new Set(rule.values).has(text);
      return { In: isIn, NotIn: !isIn, Exists: isThere, DoesNotExist: !isThere }[rule.operator];
    });
    return [...pairs, ...rules].every(Boolean);
  };

  test('objects select the same', () => {
    fc.assert(fc.property(selector, labels, (wanted, have) => selects(wanted, have) === twin(wanted, have)));
  });

  test('the text of a selector selects the same', () => {
    fc.assert(
      fc.property(selector, labels, (wanted, have) => {
        const result = parseSelector(selectorText(selectorOf(wanted)));
        expect('selector' in result && matches(result.selector, have)).toBe(twin(wanted, have));
      }),
    );
  });

  test('absent selects nothing, empty selects all', () => {
    expect(selects(undefined, { a: 'x' })).toBe(false);
    expect(selects({}, undefined)).toBe(true);
  });
});

describe('field selectors', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n' },
    spec: { nodeName: 'a' },
    status: { phase: 'Running' },
  } as KubernetesObject;
  test.each([
    ['spec.nodeName=a', true],
    ['spec.nodeName=a,status.phase!=Succeeded,status.phase!=Failed', true],
    ['metadata.name==q', false],
    ['status.podIP=', true],
    ['spec.hostNetwork=false', true],
    ['', true],
  ])('%s', (text, expected) => {
    const result = parseFieldSelector('Pod', text);
    expect('terms' in result && matchesFields(result.terms, pod)).toBe(expected);
  });
  test.each([
    ['Pod', 'spec.nope=x', 'field label not supported: spec.nope'],
    ['Pod', 'what', "invalid selector: 'what'; can't understand 'what'"],
    ['ConfigMap', 'data=x', '"data" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ])('%s %s is refused', (kind, text, sentence) => {
    expect(parseFieldSelector(kind, text)).toEqual({ error: sentence });
  });
});

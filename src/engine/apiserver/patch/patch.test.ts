import { describe, expect, it } from 'vitest';
import { fieldTypeOf } from './field-type.ts';
import { applyJsonPatch, JsonPatchError } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch, StrategicMergeError } from './strategic-merge-patch.ts';

const deployment = fieldTypeOf('Deployment');
const pod = fieldTypeOf('Pod');
const web = Object.freeze({
  metadata: Object.freeze({ name: 'web', finalizers: ['a', 'b'] }),
  spec: Object.freeze({
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    template: Object.freeze({
      spec: Object.freeze({
        containers: Object.freeze([
          Object.freeze({ name: 'a', image: 'x:1', env: [{ name: 'A', value: '1' }], args: ['1', '2'] }),
          Object.freeze({ name: 'b', image: 'y:1' }),
        ]),
        nodeSelector: { disk: 'ssd' },
      }),
    }),
  }),
});
type Web = typeof web;
const strategic = (patch: object): Web => applyStrategicMergePatch(web, patch as never, deployment) as never;
const inContainers = (...items: object[]) => strategic({ spec: { template: { spec: { containers: items } } } });

describe('merge patch', () => {
  it('sets, removes and replaces', () => {
    expect(applyMergePatch({ a: 1, b: { c: 1, d: [1] } }, { a: null, b: { d: [2], e: { f: null } } })).toEqual({
      b: { c: 1, d: [2], e: {} },
    });
  });

  it('keeps what it does not change', () => {
    const before = { a: { x: 1 }, b: [1, { y: 2 }], c: 1 };
    expect(applyMergePatch(before, { c: 1, b: [1, { y: 2 }], z: null })).toBe(before);
    const after = applyMergePatch(before, { c: 2 }) as typeof before;
    expect(after.a).toBe(before.a);
    expect(after.b).toBe(before.b);
  });
});

describe('JSON patch', () => {
  it.each<[string, object[], unknown]>([
    ['adds a field', [{ op: 'add', path: '/c', value: 3 }], { a: [1, 2], b: { c: 1 }, c: 3 }],
    ['appends to a list', [{ op: 'add', path: '/a/-', value: 3 }], { a: [1, 2, 3], b: { c: 1 } }],
    ['inserts into a list', [{ op: 'add', path: '/a/1', value: 3 }], { a: [1, 3, 2], b: { c: 1 } }],
    ['removes', [{ op: 'remove', path: '/b/c' }], { a: [1, 2], b: {} }],
    ['replaces', [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2], b: { c: 1 } }],
    ['moves', [{ op: 'move', from: '/a/0', path: '/b/d' }], { a: [2], b: { c: 1, d: 1 } }],
    ['copies', [{ op: 'copy', from: '/b', path: '/e' }], { a: [1, 2], b: { c: 1 }, e: { c: 1 } }],
    ['unescapes', [{ op: 'add', path: '/b/x~1y~0z', value: 1 }], { a: [1, 2], b: { c: 1, 'x/y~z': 1 } }],
    ['tests for absence', [{ op: 'test', path: '/zz', value: null }], { a: [1, 2], b: { c: 1 } }],
  ])('%s', (_what, operations, expected) => {
    const before = { a: [1, 2], b: { c: 1 } };
    expect(applyJsonPatch(before, operations)).toEqual(expected);
    expect(before).toEqual({ a: [1, 2], b: { c: 1 } });
  });

  it.each<[string, unknown]>([
    ['a failed test', [{ op: 'test', path: '/a', value: 2 }]],
    ['a path that is not there', [{ op: 'remove', path: '/b' }]],
    ['a parent that is not there', [{ op: 'add', path: '/b/c', value: 1 }]],
    ['an unknown operation', [{ op: 'merge', path: '/a' }]],
    ['something that is no list', { op: 'remove', path: '/a' }],
  ])('refuses %s', (_what, operations) => {
    expect(() => applyJsonPatch({ a: 1 }, operations)).toThrow(JsonPatchError);
  });

  it('keeps what it does not change', () => {
    const before = { a: { x: 1 }, b: 1 };
    const after = applyJsonPatch(before, [{ op: 'replace', path: '/b', value: 2 }]) as typeof before;
    expect(after.a).toBe(before.a);
  });
});

describe('strategic merge patch', () => {
  it('merges one element of a keyed list and keeps the others', () => {
    const after = inContainers({ name: 'b', image: 'y:2' });
    expect(after.spec.template.spec.containers[1]).toEqual({ name: 'b', image: 'y:2' });
    expect(after.spec.template.spec.containers[0]).toBe(web.spec.template.spec.containers[0]);
    expect(after.metadata).toBe(web.metadata);
    expect(after.spec.strategy).toBe(web.spec.strategy);
  });

  it('gives the object itself if nothing changes', () => {
    expect(inContainers({ name: 'a', image: 'x:1', env: [{ name: 'A', value: '1' }] })).toBe(web);
  });

  it('puts elements that are new to the list first, in the order of the patch', () => {
    const conditions = [{ type: 'PodScheduled', status: 'True' }];
    const patch = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    expect(applyStrategicMergePatch({ status: { conditions } }, patch, pod)).toEqual({
      status: { conditions: [{ type: 'Ready', status: 'True' }, conditions[0]] },
    });
  });

  it('deletes and replaces by $patch', () => {
    expect(inContainers({ name: 'b', $patch: 'delete' }).spec.template.spec.containers).toHaveLength(1);
    const replaced = inContainers({ $patch: 'replace' }, { name: 'z', image: 'z' });
    expect(replaced.spec.template.spec.containers).toEqual([{ name: 'z', image: 'z' }]);
    const map = strategic({ spec: { template: { spec: { nodeSelector: { $patch: 'replace', zone: 'a' } } } } });
    expect(map.spec.template.spec.nodeSelector).toEqual({ zone: 'a' });
  });

  it('replaces lists without a merge key', () => {
    expect(inContainers({ name: 'a', args: ['3'] }).spec.template.spec.containers[0]).toMatchObject({ args: ['3'] });
  });

  it('merges and deletes from lists of scalars', () => {
    expect(strategic({ metadata: { finalizers: ['c'] } }).metadata.finalizers).toEqual(['c', 'a', 'b']);
    const deleted = strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } });
    expect(deleted.metadata.finalizers).toEqual(['b']);
  });

  it('orders elements as $setElementOrder says', () => {
    const after = strategic({
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
            containers: [{ name: 'c', image: 'z' }],
          },
        },
      },
    });
    expect(after.spec.template.spec.containers.map((container) => container.name)).toEqual(['b', 'c', 'a']);
    expect(after.spec.template.spec.containers[2]).toBe(web.spec.template.spec.containers[0]);
  });

  it('keeps only the keys that $retainKeys names', () => {
    const after = strategic({ spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } });
    expect(after.spec.strategy).toEqual({ type: 'Recreate' });
  });

  it('drops directives and nulls from what is new', () => {
    const after = inContainers({ name: 'n', image: 'i', env: null, ports: [{ containerPort: 1, $patch: 'delete' }] });
    expect(after.spec.template.spec.containers).toContainEqual({ name: 'n', image: 'i', ports: [] });
  });

  it('refuses an element without its key', () => {
    expect(() => inContainers({ image: 'x' })).toThrow(StrategicMergeError);
    expect(() => inContainers({ image: 'x' })).toThrow('map: map[image:x] does not contain declared merge key: name');
  });
});

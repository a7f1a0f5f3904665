import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConfigMap, ManagedFieldsEntry } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { trackUpdate, type Writer } from './managed-fields.ts';
import { difference, intersection, pathsOf, union, without } from './patch/field-set.ts';
import { fieldTypeOf } from './patch/field-type.ts';
import { applyConfiguration } from './patch/server-side-apply.ts';

const MANAGED: Writer = {
  manager: 'node',
  operation: 'Update',
  time: '<time>',
  reset: { fields: new Set(['status']), metadata: new Set() },
};
const entriesOf = (object: KubernetesObject): ManagedFieldsEntry[] => object.metadata.managedFields ?? [];
const unmanaged = (object: KubernetesObject): KubernetesObject => {
  const { managedFields: _entries, ...metadata } = object.metadata;
  return { ...object, metadata };
};

interface Step {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  code: number;
  answer: KubernetesObject & { status?: unknown };
}

/** Creates, replaces and patches of the recorded conversation, each with the object that was there before it. */
function recordedWrites(): { step: Step; number: number; before?: KubernetesObject; manager: string }[] {
  const file = new URL('../testdata/golden/api-conversation-v1.35.json', import.meta.url);
  const { steps } = JSON.parse(readFileSync(file, 'utf8')) as { steps: Step[] };
  const last = new Map<string, KubernetesObject>();
  const writes: ReturnType<typeof recordedWrites> = [];
  steps.forEach((step, number) => {
    const { kind, metadata } = step.answer;
    if (!metadata?.uid || kind === 'Scale' || kind === 'Table' || kind.endsWith('List')) return;
    const [path = '', query = ''] = step.path.split('?');
    const known = last.get(metadata.uid);
    // Scale, binding and eviction change the object without showing it.
    const seen = known?.metadata.resourceVersion;
    last.set(metadata.uid, step.answer);
    const isStatus = path.endsWith('/status');
    const isWrite = step.method !== 'GET' && step.method !== 'DELETE' && !query.includes('dryRun');
    const resumes = known === undefined || seen === metadata.resourceVersion || [44, 59, 60, 62].includes(number);
    if (!isWrite || step.headers?.['content-type']?.includes('apply')) return;
    if (!resumes && !CONSECUTIVE.has(number)) return;
    const manager = /fieldManager=([\w-]+)/.exec(query)?.[1] ?? 'node';
    writes.push({ step: { ...step, path: isStatus ? 'status' : '' }, number, before: known, manager });
  });
  return writes;
}
/** Writes whose object was last seen as it was just before them. */
const CONSECUTIVE = new Set([6, 11, 12, 27, 28, 29, 30, 45, 89]);

describe('field sets', () => {
  const a = { 'f:x': { '.': {}, 'f:a': {}, 'f:b': {} }, 'f:y': {} };
  const b = { 'f:x': { 'f:b': {}, 'f:c': {} } };

  it('are joined, subtracted and intersected', () => {
    expect(union(a, b)).toEqual({ 'f:x': { '.': {}, 'f:a': {}, 'f:b': {}, 'f:c': {} }, 'f:y': {} });
    expect(union(a, { 'f:x': { 'f:a': {} } })).toBe(a);
    expect(union({ 'f:x': {} }, b)).toEqual({ 'f:x': { '.': {}, 'f:b': {}, 'f:c': {} } });
    expect(difference(a, b)).toEqual({ 'f:x': { '.': {}, 'f:a': {} }, 'f:y': {} });
    expect(difference(a, { 'f:x': { '.': {} } })).toEqual({ 'f:x': { 'f:a': {}, 'f:b': {} }, 'f:y': {} });
    expect(difference(a, { 'f:x': { 'f:a': {}, 'f:b': {} } })).toEqual({ 'f:x': {}, 'f:y': {} });
    expect(difference(b, b)).toEqual({});
    expect(difference(a, { 'f:z': {} })).toBe(a);
    expect(intersection(a, b)).toEqual({ 'f:x': { 'f:b': {} } });
    expect(intersection(a, { 'f:y': {}, 'f:x': {} })).toEqual({ 'f:x': {}, 'f:y': {} });
  });

  it('lose whole subtrees, and parents with nothing left', () => {
    expect(without(a, ['f:x'])).toEqual({ 'f:y': {} });
    expect(without({ 'f:m': { 'f:n': {} } }, ['f:m', 'f:n'])).toEqual({});
  });

  it('are read as paths', () => {
    const set = {
      'f:c': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:n': {} } },
      'f:f': { 'v:"x"': {} },
    };
    expect(pathsOf(set)).toEqual([
      '.c[containerPort=80,protocol="TCP"]',
      '.c[containerPort=80,protocol="TCP"].n',
      '.f[="x"]',
    ]);
  });
});

describe('tracking of updates', () => {
  it.each(
    recordedWrites().map((write) => [`${write.number} ${write.step.method} ${write.step.answer.kind}`, write] as const),
  )('step %s leaves the recorded entries', (_name, { step, before, manager }) => {
    const isStatus = step.path === 'status';
    const writer: Writer = isStatus
      ? { ...MANAGED, manager, subresource: 'status', reset: { fields: new Set(['spec']), metadata: new Set() } }
      : { ...MANAGED, manager };
    const type = fieldTypeOf(step.answer.kind);
    // A create is tracked before admission and allocation: what they set is in the answer, but nobody's.
    const sent = before === undefined ? withoutServerSide(step.answer) : unmanaged(step.answer);
    expect(entriesOf(trackUpdate(before, sent, type, writer))).toEqual(entriesOf(step.answer));
  });

  it('was compared with enough records', () => {
    expect(recordedWrites().length).toBeGreaterThanOrEqual(25);
  });

  it('changes nothing if nothing was written', () => {
    const type = fieldTypeOf('ConfigMap');
    const first = trackUpdate(undefined, configMap({ a: '1' }), type, MANAGED);
    const again = trackUpdate(first, { ...first, data: { a: '1' } }, type, { ...MANAGED, time: '<later>' });
    expect(again.metadata).toBe(first.metadata);
  });

  it('joins the oldest entries when there are more than ten', () => {
    const type = fieldTypeOf('ConfigMap');
    let object = configMap({});
    for (let i = 0; i < 12; i++) {
      const next = { ...object, data: { ...object.data, [`k${i}`]: 'v' } };
      object = trackUpdate(object, next, type, { ...MANAGED, manager: `m${i}`, time: `2026-01-01T00:00:${10 + i}Z` });
    }
    expect(entriesOf(object)).toHaveLength(10);
    expect(entriesOf(object)[0]).toMatchObject({ manager: 'ancient-changes', operation: 'Update' });
  });
});

describe('server-side apply', () => {
  const type = fieldTypeOf('ConfigMap');
  const apply = (live: ConfigMap | undefined, manager: string, data: object, force = false) =>
    applyConfiguration(live, configMap(data), type, { ...MANAGED, operation: 'Apply', manager }, force);
  const applied = (result: ReturnType<typeof apply>): ConfigMap => {
    if (!('object' in result)) throw new Error(result.message);
    return result.object as ConfigMap;
  };

  it('refuses a field of another manager, unless forced or of the same value', () => {
    const live = applied(apply(undefined, 'alice', { a: '1', b: '1' }));
    expect(apply(live, 'bob', { a: '2' })).toEqual({
      message: 'Apply failed with 1 conflict: conflict with "alice": .data.a',
      conflicts: [{ message: 'conflict with "alice"', field: '.data.a' }],
    });
    expect(apply(live, 'bob', { a: '2', b: '2' })).toMatchObject({
      message: 'Apply failed with 2 conflicts: conflicts with "alice":\n- .data.a\n- .data.b',
    });
    expect(entriesOf(applied(apply(live, 'bob', { a: '1' })))).toHaveLength(2);
    const forced = applied(apply(live, 'bob', { a: '2' }, true));
    expect(forced.data).toEqual({ a: '2', b: '1' });
    expect(entriesOf(forced).map((entry) => entry.fieldsV1)).toEqual([
      { 'f:data': { 'f:b': {} } },
      { 'f:data': { 'f:a': {} } },
    ]);
  });

  it('names the version of a manager that updated', () => {
    const live = trackUpdate(undefined, configMap({ a: '1' }), type, MANAGED);
    expect(apply(live, 'bob', { a: '2' })).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "node" using v1: .data.a',
    });
  });

  it('takes away what only this manager had applied', () => {
    const live = applied(apply(applied(apply(undefined, 'alice', { a: '1', b: '1' })), 'bob', { a: '1' }));
    const after = applied(apply(live, 'alice', {}));
    expect(after.data).toEqual({ a: '1' });
    expect(entriesOf(after).map((entry) => entry.fieldsV1)).toEqual([{ 'f:data': {} }, { 'f:data': { 'f:a': {} } }]);
  });

  it('gives the live object itself if nothing changes', () => {
    const live = applied(apply(undefined, 'alice', { a: '1' }));
    expect(applied(apply(live, 'alice', { a: '1' }))).toBe(live);
  });

  it('knows elements of lists by their keys, with defaults', () => {
    const kind = fieldTypeOf('Deployment');
    const spec = { template: { spec: { containers: [{ name: 'z', ports: [{ containerPort: 81 }] }] } } };
    const sent = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec };
    const result = applyConfiguration(undefined, sent, kind, { ...MANAGED, operation: 'Apply' }, false);
    const [entry] = 'object' in result ? entriesOf(result.object) : [];
    const port = { 'k:{"containerPort":81,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } };
    const container = { 'k:{"name":"z"}': { '.': {}, 'f:name': {}, 'f:ports': port } };
    expect(entry?.fieldsV1).toEqual({ 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': container } } } });
  });

  it('calls what was there before the first apply by its name', () => {
    const live = configMap({ a: '1' });
    expect(entriesOf(applied(apply(live, 'alice', { b: '1' }))).map((entry) => entry.manager)).toEqual([
      'alice',
      'before-first-apply',
    ]);
  });
});

function configMap(data: object): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: data as Record<string, string> };
}

function withoutServerSide(answer: KubernetesObject): KubernetesObject {
  const object = structuredClone(unmanaged(answer)) as KubernetesObject & { spec?: Record<string, unknown> };
  const { spec } = object;
  if (object.kind === 'Pod' && spec !== undefined) {
    for (const field of ['tolerations', 'serviceAccountName', 'serviceAccount', 'priority', 'preemptionPolicy']) {
      delete spec[field];
    }
    const containers = spec.containers as { resources: object }[];
    if (object.metadata.annotations !== undefined) {
      delete object.metadata.annotations;
      for (const container of containers) container.resources = {};
    }
  }
  if (object.kind === 'Service' && spec !== undefined) {
    for (const field of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec[field];
  }
  if (object.kind === 'Node' && spec !== undefined) delete spec.taints;
  return object;
}

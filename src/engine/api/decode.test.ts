import { describe, expect, test } from 'vitest';
import refusals from '../testdata/golden/refusals-v1.35.json';
import { decode } from './decode.ts';
import { resourceAt, resourceOfKind } from './resources.ts';

interface Refusal {
  method: string;
  path: string;
  body?: unknown;
  code: number;
  answer: { message?: string };
}
const POD = { group: '', version: 'v1', kind: 'Pod' };
const isDecoding = ({ body, code, answer }: Refusal) =>
  body !== undefined && code === 400 && !answer.message?.startsWith('the name of the object');

/** Where a collection is posted: its apiVersion and plural. */
function resourceOf(path: string) {
  const parts = path.split('?')[0]!.split('/');
  const apiVersion = parts[1] === 'api' ? parts[2]! : `${parts[2]}/${parts[3]}`;
  return resourceAt(apiVersion, parts.at(-1)!)!;
}

describe('decoding errors of the record', () => {
  const cases = (refusals.requests as unknown as Refusal[]).filter(isDecoding);
  test.each(cases.map((entry, index) => [`${index + 1} of ${cases.length}: ${entry.answer.message}`, entry] as const))(
    '%s',
    (_name, entry) => {
      const fieldValidation = entry.path.includes('fieldValidation=Strict') ? 'Strict' : 'Warn';
      const result = decode(resourceOf(entry.path), entry.body, { fieldValidation });
      expect('status' in result && result.status).toEqual(entry.answer);
    },
  );
});

describe('sentences of Go', () => {
  const pod = (spec: unknown, metadata: unknown = { name: 'x' }) => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
  const cannot = 'Pod in version "v1" cannot be handled as a Pod: ';
  test.each([
    [
      pod({}, { labels: { a: 5 } }),
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      pod({ containers: [{ name: 5 }] }),
      'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    ],
    [
      pod({ containers: [{ ports: [{ containerPort: '80' }] }] }),
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      pod({ containers: [{ ports: [{ containerPort: 8.5 }] }] }),
      'json: cannot unmarshal number 8.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [pod([]), 'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec'],
    [
      pod({ containers: [{ resources: { limits: 'x' } }] }),
      'json: cannot unmarshal string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
    ],
    [
      pod({ containers: [{ resources: { limits: { cpu: '1xx' } } }] }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [pod({ containers: [{ resources: { limits: { cpu: '1ki' } } }] }), "unable to parse quantity's suffix"],
    [{ apiVersion: 'v1', kind: 'Foo' }, 'no kind'],
  ])('%#', (body, sentence) => {
    const result = decode(POD, body);
    if (!('status' in result)) throw new Error('decoded');
    if (sentence === 'no kind')
      expect(result.status.message).toBe(
        'Foo in version "v1" cannot be handled as a Pod: no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
      );
    else expect(result.status.message).toBe(cannot + sentence);
  });
});

describe('what a stored object shows', () => {
  test('zero values are left out, pointers kept, structs always there', () => {
    const result = decode(POD, {
      metadata: { name: 'x', labels: {}, namespace: '' },
      spec: {
        hostNetwork: false,
        automountServiceAccountToken: false,
        nodeName: '',
        containers: [{ name: 'c', command: [], resources: { limits: { cpu: '0.5', memory: 1024 } } }],
        volumes: [{ name: 'e', emptyDir: {} }],
      },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(result).toEqual({
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'x' },
        spec: {
          automountServiceAccountToken: false,
          containers: [{ name: 'c', resources: { limits: { cpu: '500m', memory: '1024' } } }],
          volumes: [{ name: 'e', emptyDir: {} }],
        },
        status: { conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: null }] },
      },
      warnings: [],
    });
  });

  test('unknown fields are named by path and dropped', () => {
    const body = { metadata: { name: 'x' }, spec: { foo: 1, containers: [{ name: 'c', resources: {}, imagee: 'y' }] } };
    const result = decode(POD, body);
    expect('warnings' in result && result.warnings).toEqual([
      'unknown field "spec.foo"',
      'unknown field "spec.containers[0].imagee"',
    ]);
    expect('object' in result && (result.object as unknown as typeof body).spec).toEqual({
      containers: [{ name: 'c', resources: {} }],
    });
    expect(body.spec.foo).toBe(1);
  });

  test('a key twice in a JSON text is named by path', () => {
    const result = decode(POD, '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","name":"b"}}');
    expect('warnings' in result && result.warnings).toEqual(['duplicate field "metadata.name"']);
  });

  test('what is already in stored form is shared', () => {
    const spec = { containers: [{ name: 'c', resources: {} }] };
    const first = decode(POD, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec, status: {} });
    if (!('object' in first)) throw new Error('not decoded');
    expect((first.object as unknown as { spec: unknown }).spec).toBe(spec);
    const second = decode(POD, { ...first.object, status: { phase: 'Running' } }, { prior: first.object });
    if (!('object' in second)) throw new Error('not decoded');
    expect(second.object.metadata).toBe(first.object.metadata);
  });

  test('every kind has a schema', () => {
    expect(decode(resourceOfKind('coordination.k8s.io/v1', 'Lease')!, { metadata: { name: 'l' } })).toEqual({
      object: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} },
      warnings: [],
    });
  });
});

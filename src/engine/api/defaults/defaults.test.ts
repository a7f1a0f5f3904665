import { describe, expect, test } from 'vitest';
import record from '../../testdata/golden/defaults-v1.35.json';
import { decode } from '../decode.ts';
import type { KubernetesObject } from '../object.ts';
import { resourceOfKind } from '../resources.ts';
import { prepareForCreate, prepareForUpdate } from '../strategies/index.ts';
import { validateCreate } from '../validation/index.ts';
import { applyDefaults } from './index.ts';

interface Entry {
  sent: { apiVersion: string; kind: string; metadata: { name: string } };
  stored: unknown;
}
const modelled = (record.objects as unknown as Entry[]).filter(({ sent }) =>
  resourceOfKind(sent.apiVersion, sent.kind),
);

/** What admission plugins and the address allocator add; the API server's own test compares it too. */
const ADDED_LATER: Record<string, string[]> = {
  Pod: [
    'spec.serviceAccountName',
    'spec.serviceAccount',
    'spec.priority',
    'spec.preemptionPolicy',
    'spec.tolerations',
    'spec.volumes[kube-api-access]',
    'spec.containers[].volumeMounts[kube-api-access]',
    'spec.initContainers[].volumeMounts[kube-api-access]',
  ],
  Node: ['spec.taints'],
  Service: ['spec.clusterIP', 'spec.clusterIPs', 'spec.healthCheckNodePort', 'spec.ports[].nodePort'],
};

// biome-ignore lint/suspicious/noExplicitAny: walks any object of the record.
type Tree = any;

function withoutLater(kind: string, object: Tree): Tree {
  const copy = structuredClone(object);
  for (const path of ADDED_LATER[kind] ?? []) remove(copy, path.split('.'));
  return copy;
}

function remove(tree: Tree, [step = '', ...rest]: string[]): void {
  if (tree === undefined) return;
  const match = /^(\w+)(?:\[(.*)\])?$/.exec(step)!;
  const [, key, item] = match as unknown as [string, string, string | undefined];
  if (item === undefined && rest.length === 0) delete tree[key];
  else if (item === undefined) remove(tree[key], rest);
  else if (item === '') for (const entry of tree[key] ?? []) remove(entry, rest);
  else if (tree[key] !== undefined) {
    tree[key] = tree[key].filter((entry: { name: string }) => !entry.name.startsWith(item));
    if (tree[key].length === 0) delete tree[key];
  }
}

/** What the path of the request says. */
function inNamespace(object: KubernetesObject): KubernetesObject {
  const { namespaced } = resourceOfKind(object.apiVersion, object.kind)!;
  return namespaced ? { ...object, metadata: { ...object.metadata, namespace: 'default' } } : object;
}

describe('objects of the record as the server would store them', () => {
  test.each(
    modelled.map(
      (entry, index) =>
        [`${index + 1} of ${modelled.length}: ${entry.sent.kind} ${entry.sent.metadata.name}`, entry] as const,
    ),
  )('%s', (_name, { sent, stored }) => {
    const decoded = decode(resourceOfKind(sent.apiVersion, sent.kind)!, sent);
    if ('status' in decoded) throw new Error(decoded.status.message);
    const object: KubernetesObject = prepareForCreate(applyDefaults(inNamespace(decoded.object)));
    expect(decoded.warnings).toEqual([]);
    expect(withoutLater(sent.kind, object)).toEqual(withoutLater(sent.kind, stored));
    expect(validateCreate(object)).toEqual([]);
    // The stored form is a fixed point: read again, nothing moves.
    expect(applyDefaults(object)).toBe(object);
  });
});

test('the main resource and its status leave each other alone', () => {
  const resource = resourceOfKind('apps/v1', 'ReplicaSet')!;
  const decoded = decode(
    resource,
    (record.objects as unknown as Entry[]).find(({ sent }) => sent.kind === 'ReplicaSet')!.sent,
  );
  if ('status' in decoded) throw new Error(decoded.status.message);
  const old = prepareForCreate(applyDefaults(decoded.object)) as Tree;
  const changed = { ...old, spec: { ...old.spec, replicas: 5 }, status: { replicas: 3 } };
  expect(prepareForUpdate(changed, old)).toMatchObject({
    metadata: { generation: 2 },
    spec: { replicas: 5 },
    status: { replicas: 0 },
  });
  expect(prepareForUpdate(changed, old, 'status')).toMatchObject({
    metadata: { generation: 1 },
    spec: { replicas: 1 },
    status: { replicas: 3 },
  });
});

import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import { ScriptedNode } from '../testing/scripted-node.ts';
import { container } from './test-pods.ts';

describe('static pods', () => {
  const manifest: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'etcd', namespace: 'kube-system' },
    spec: { hostNetwork: true, priority: 2_000_001_000, containers: [container('etcd', 'etcd')] },
  };

  it('run without an API server and are mirrored when there is one', () => {
    const node = new ScriptedNode({ etcd: {} }, { manifests: [manifest] });
    node.runtime.images.add('etcd:1');
    node.kernel.kill('apiserver@cp', 1);
    node.advance(8000);
    expect([...node.runtime.containers.values()]).toMatchObject([{ name: 'etcd', state: 'RUNNING' }]);
    node.kernel.spawn('apiserver', 'cp', {}, undefined, '');
    node.advance(60_000);
    const mirror = node.pod('etcd-node-a', 'kube-system');
    expect(mirror?.metadata.annotations).toMatchObject({
      'kubernetes.io/config.source': 'file',
      'kubernetes.io/config.mirror': mirror?.metadata.annotations?.['kubernetes.io/config.hash'],
    });
    expect(mirror?.metadata.ownerReferences).toMatchObject([{ kind: 'Node', name: 'node-a', controller: true }]);
    expect(mirror?.status).toMatchObject({ phase: 'Running', podIP: '172.18.0.3' });
  });

  it('outlive their mirror', () => {
    const node = new ScriptedNode({ etcd: {} }, { manifests: [manifest] });
    node.runtime.images.add('etcd:1');
    node.advance(8000);
    const before = node.pod('etcd-node-a', 'kube-system') as Pod;
    const metadata = { ...before.metadata, deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 30 };
    node.put({ ...before, metadata } as never, 'pods');
    node.advance(5000);
    const after = node.pod('etcd-node-a', 'kube-system');
    expect(after?.metadata.deletionTimestamp).toBeUndefined();
    expect(after?.status?.phase).toBe('Running');
    expect(node.runtime.calls.filter(({ call }) => call === 'stopContainer')).toEqual([]);
  });
});

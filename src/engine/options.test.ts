import { describe, expect, it } from 'vitest';
import type { ClusterOptions } from './door.ts';
import { planMachines } from './machines.ts';
import { OptionsError } from './options.ts';

describe('options', () => {
  it.each<[ClusterOptions, string]>([
    [{ etcdMembers: 0 }, 'etcdMembers has to be a whole number from 1 to 7, not 0'],
    [{ etcdMembers: 8 }, 'etcdMembers has to be a whole number from 1 to 7, not 8'],
    [{ etcdMembers: 2.5 }, 'not 2.5'],
    [{ workers: -1 }, 'workers has to be'],
    [{ controlPlanes: Number.NaN }, 'controlPlanes has to be'],
    [{ seed: 1.5 }, 'seed has to be a whole number, not 1.5'],
    [{ podSubnet: '10.244' }, 'podSubnet has to be a network such as 10.244.0.0/16, not 10.244'],
    [{ nodeResources: { cpu: 'many' } }, 'nodeResources.cpu: quantities must match the regular expression'],
    [{ machines: [{ name: 'A_b', role: 'worker' }] }, 'machines[0].name: a lowercase RFC 1123 subdomain must consist'],
    [{ machines: [{ name: 'a', role: 'worker', memory: '1.5.0Gi' }] }, 'machines[0].memory: quantities must match'],
    [
      {
        machines: [
          { name: 'a', role: 'worker' },
          { name: 'a', role: 'worker' },
        ],
      },
      'machines[1].name: there is another a',
    ],
    [{ profile: 'mega' as 'ha' }, 'there is no profile named mega; known are kind, ha, large'],
    [{ profile: 'cloud' }, "profile 'cloud' is not there yet"],
    [{ profile: 'ha', controlPlanes: 0 }, "profile 'ha' needs at least one control-plane node"],
    [{ controlPlanes: 0, etcdMembers: 3 }, 'has one etcd member, not 3'],
  ])('%j are refused', (options, text) => {
    expect(() => planMachines(options)).toThrow(OptionsError);
    expect(() => planMachines(options)).toThrow(text);
  });

  const names = (options: ClusterOptions) => planMachines(options).machines.map(({ name }) => name);

  it('of profile ha are three control-plane nodes, three workers and a load balancer', () => {
    expect(names({ profile: 'ha' })).toEqual([
      'kind-control-plane',
      'kind-control-plane2',
      'kind-control-plane3',
      'kind-worker',
      'kind-worker2',
      'kind-worker3',
      'kind-external-load-balancer',
    ]);
  });

  it('put members on control-plane nodes first, then on machines of their own', () => {
    expect(planMachines({ profile: 'ha', etcdMembers: 5 }).etcdHosts).toEqual([
      'kind-control-plane',
      'kind-control-plane2',
      'kind-control-plane3',
      'kind-etcd',
      'kind-etcd2',
    ]);
    expect(names({ etcdMembers: 2, workers: 0 })).toEqual(['kind-control-plane', 'kind-etcd']);
  });

  it('name the members in the manifests as kubeadm does', () => {
    const command = (options: ClusterOptions, node: number, name: string) =>
      planMachines(options)
        .machines[node]?.manifests.find(({ metadata }) => metadata.name === name)
        ?.spec.containers[0]?.command?.join(' ');
    const ha: ClusterOptions = { profile: 'ha' };
    expect(command(ha, 1, 'kube-apiserver')).toContain('--etcd-servers=https://127.0.0.1:2379');
    expect(command(ha, 1, 'etcd')).toContain(
      '--initial-cluster=kind-control-plane=https://172.18.0.2:2380,kind-control-plane2=https://172.18.0.3:2380,kind-control-plane3=https://172.18.0.4:2380',
    );
    const one: ClusterOptions = { profile: 'ha', etcdMembers: 1 };
    expect(command(one, 2, 'kube-apiserver')).toContain('--etcd-servers=https://172.18.0.2:2379');
    expect(command(one, 2, 'etcd')).toBeUndefined();
  });
});

import type { Pod } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Call } from '../../client/messages.ts';
import type { EtcdCommand } from '../../door.ts';
import { type Fault, FaultError, type SimulatedCluster } from '../../index.ts';
import type { Body } from '../../kernel/types.ts';
import { canLoseDisk, changeGroup, nextCure } from './members.ts';

/** One thing that a user or an accident does, as plain data. */
export type Act =
  | { readonly do: 'submit'; readonly objects: readonly KubernetesObject[] }
  | { readonly do: 'request'; readonly call: Pick<Call, 'method' | 'path' | 'contentType' | 'body'> }
  /** Cordons a node and evicts what runs on it. */
  | { readonly do: 'drain'; readonly node: string }
  /** A target `pod 3` stands for a pod that lives then. */
  | { readonly do: 'fault'; readonly fault: Fault }
  /** Asks a member of etcd to hand the leadership over; only a leader can. */
  | { readonly do: 'moveLeader'; readonly member: string; readonly to: string }
  /** Changes who is in etcd's group, as a careful user does. */
  | { readonly do: 'members'; readonly command: EtcdCommand }
  /** Does what is next so that etcd's group is whole again, if anything is. */
  | { readonly do: 'tend' }
  | { readonly do: 'heal' }
  | { readonly do: 'wait'; readonly ms: number };

/** What an act came to when it was carried out: the same, with names of pods that live; nothing when it was refused. */
export function perform(cluster: SimulatedCluster, act: Act): readonly Act[] {
  switch (act.do) {
    case 'submit':
      cluster.submitApply(act.objects, 'default');
      return [act];
    case 'request':
      cluster.submitRequest(act.call);
      return [act];
    case 'drain': {
      const cordon = cordonAct(act.node, true);
      const steps = [cordon, ...evictions(cluster, act.node)];
      return steps.flatMap((step) => perform(cluster, step));
    }
    case 'fault': {
      const fault = resolved(cluster, act.fault);
      if (fault === undefined) return [];
      // Data that a majority has not got any more are gone for good.
      if (fault.kind === 'etcd-disk-loss' && !canLoseDisk(cluster, fault.target as string)) return [];
      try {
        cluster.startFault(fault);
      } catch (error) {
        // Cutting the power twice is refused, and that is fine here.
        if (error instanceof FaultError) return [];
        throw error;
      }
      return [{ do: 'fault', fault }];
    }
    case 'moveLeader':
      cluster.kernel.submit(act.member, { type: 'moveLeader', requestId: 0, to: act.to } as Body);
      return [act];
    case 'members':
      return changeGroup(cluster, act.command) ? [act] : [];
    case 'tend': {
      const command = nextCure(cluster);
      return command === undefined ? [] : perform(cluster, { do: 'members', command });
    }
    case 'heal':
      cluster.heal();
      return [act];
    case 'wait':
      cluster.advance(act.ms);
      return [act];
  }
}

export function cordonAct(node: string, unschedulable: boolean): Act {
  return {
    do: 'request',
    call: {
      method: 'PATCH',
      path: `/api/v1/nodes/${node}`,
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { unschedulable: unschedulable || null } },
    },
  };
}

function evictions(cluster: SimulatedCluster, node: string): Act[] {
  const acts: Act[] = [];
  for (const object of cluster.list('Pod')) {
    const { spec, metadata } = object as Pod;
    const owner = metadata.ownerReferences?.[0]?.kind;
    if (spec.nodeName !== node || owner === 'DaemonSet' || owner === 'Node') continue;
    const { name, namespace } = metadata;
    acts.push({
      do: 'request',
      call: {
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } },
      },
    });
  }
  return acts;
}

/** With a living pod's name in place of its number; undefined when there is none. */
function resolved(cluster: SimulatedCluster, fault: Fault): Fault | undefined {
  const number = typeof fault.target === 'string' ? /^pod (\d+)$/.exec(fault.target)?.[1] : undefined;
  if (number === undefined) return fault;
  const pods = cluster.list('Pod').filter((pod) => (pod as Pod).status?.phase === 'Running');
  const pod = pods[Number(number) % pods.length];
  return pod && { ...fault, target: `${pod.metadata.namespace}/${pod.metadata.name}` };
}

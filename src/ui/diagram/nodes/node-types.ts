import type { NodeTypes } from '@xyflow/react';
import type { FlowNodeType } from '../graph.ts';
import { ApiServerNode } from './api-server.tsx';
import { CloudNode, ControllerManagerNode, SchedulerNode } from './control-plane.tsx';
import { EtcdMachineNode, EtcdNode, MemberNode } from './etcd.tsx';
import { LoadBalancerNode } from './load-balancer.tsx';
import { MachineNode } from './Machine.tsx';
import { ClientsNode, RegionNode, ServiceNode, UsersNode } from './outside.tsx';

/** How each kind of flow node is drawn; one constant, so that React Flow never mounts them anew. */
export const nodeTypes = {
  clients: ClientsNode,
  region: RegionNode,
  etcd: EtcdNode,
  scheduler: SchedulerNode,
  controllerManager: ControllerManagerNode,
  cloud: CloudNode,
  member: MemberNode,
  apiserver: ApiServerNode,
  loadBalancer: LoadBalancerNode,
  etcdMachine: EtcdMachineNode,
  machine: MachineNode,
  service: ServiceNode,
  users: UsersNode,
} satisfies NodeTypes & Record<FlowNodeType, unknown>;

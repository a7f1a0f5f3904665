import type { Controller } from './controller.ts';
import { daemonSetController } from './daemonset/index.ts';
import { deploymentController } from './deployment/index.ts';
import { disruptionController } from './disruption/index.ts';
import { endpointSliceController } from './endpointslice/index.ts';
import { garbageCollector } from './garbage-collector/index.ts';
import { namespaceController } from './namespace/index.ts';
import { nodeIpamController } from './node-ipam/index.ts';
import { nodeLifecycleController } from './node-lifecycle/index.ts';
import { podGc } from './pod-gc/index.ts';
import { replicaSetController } from './replicaset/index.ts';
import { resourceQuotaController } from './resource-quota/index.ts';
import { rootCAPublisher, serviceAccountController } from './service-account/index.ts';
import { taintEvictionController } from './taint-eviction/index.ts';

/** Every controller of the process, in the order in which each sees a change. */
export const controllers: readonly Controller[] = [
  deploymentController,
  replicaSetController,
  daemonSetController,
  endpointSliceController,
  nodeLifecycleController,
  taintEvictionController,
  serviceAccountController,
  rootCAPublisher,
  nodeIpamController,
  garbageCollector,
  namespaceController,
  podGc,
  resourceQuotaController,
  disruptionController,
];

import { controllerOf, type KubernetesObject } from '../api/object.ts';
import type { InformerSpec } from '../client/state.ts';
import { defineTable, type IndexOf } from '../kernel/table.ts';

const byNamespace: IndexOf<KubernetesObject> = (object) => object.metadata.namespace;
/** Uid of the controlling owner. */
const byController: IndexOf<KubernetesObject> = (object) => controllerOf(object)?.uid;
const byNode: IndexOf<KubernetesObject> = (pod) => (pod as { spec?: { nodeName?: string } }).spec?.nodeName;
/** Namespace of objects that no controller owns: candidates for adoption. */
const byOrphanNamespace: IndexOf<KubernetesObject> = (object) =>
  controllerOf(object) ? undefined : object.metadata.namespace;
/** Labels seldom change: versions that share them share their index values, which a table then leaves alone. */
const pairsOf = new WeakMap<object, { readonly namespace: string; readonly pairs: readonly string[] }>();
/** `namespace/key=value` of every label: the base of selecting without a walk over all. */
const byLabel: IndexOf<KubernetesObject> = (object) => {
  const { labels, namespace = '' } = object.metadata;
  if (labels === undefined) return undefined;
  let known = pairsOf.get(labels);
  if (known === undefined || known.namespace !== namespace) {
    known = { namespace, pairs: Object.entries(labels).map(([key, value]) => `${namespace}/${key}=${value}`) };
    pairsOf.set(labels, known);
  }
  return known.pairs;
};

const namespaced = { namespace: byNamespace };
const owned = { namespace: byNamespace, controller: byController, orphan: byOrphanNamespace };
const pods = defineTable<KubernetesObject>('controllers/pods', { ...owned, node: byNode, label: byLabel });
const workloads = defineTable<KubernetesObject>('controllers/workloads', owned);
const plain = defineTable<KubernetesObject>('controllers/objects', namespaced);
const byService: IndexOf<KubernetesObject> = (slice) => {
  const name = slice.metadata.labels?.['kubernetes.io/service-name'];
  return name && `${slice.metadata.namespace}/${name}`;
};
const slices = defineTable<KubernetesObject>('controllers/slices', { ...namespaced, service: byService });

/** The informers that all controllers of the process share: one watch per resource, as upstream's SharedInformerFactory. */
export const sharedInformers = {
  namespaces: { path: '/api/v1/namespaces', table: plain },
  nodes: { path: '/api/v1/nodes', table: plain },
  pods: { path: '/api/v1/pods', table: pods },
  services: { path: '/api/v1/services', table: plain },
  endpointslices: { path: '/apis/discovery.k8s.io/v1/endpointslices', table: slices },
  configmaps: { path: '/api/v1/configmaps', table: plain },
  serviceaccounts: { path: '/api/v1/serviceaccounts', table: plain },
  secrets: { path: '/api/v1/secrets', table: plain },
  leases: { path: '/apis/coordination.k8s.io/v1/leases', table: plain },
  deployments: { path: '/apis/apps/v1/deployments', table: workloads },
  replicasets: { path: '/apis/apps/v1/replicasets', table: workloads },
  daemonsets: { path: '/apis/apps/v1/daemonsets', table: workloads },
  controllerrevisions: { path: '/apis/apps/v1/controllerrevisions', table: workloads },
  resourcequotas: { path: '/api/v1/resourcequotas', table: plain },
  limitranges: { path: '/api/v1/limitranges', table: plain },
  poddisruptionbudgets: { path: '/apis/policy/v1/poddisruptionbudgets', table: plain },
} satisfies Record<string, InformerSpec>;

export type InformerName = keyof typeof sharedInformers;

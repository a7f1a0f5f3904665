import type { PolicyRule } from '../api/generated/types.ts';

/**
 * Rules in short: `verbs group/resource,resource` parted by semicolons; several groups are parted by `|`, the core group
 * is empty. g get, l list, w watch, c create, u update, p patch, d delete, D deletecollection, * all.
 * Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,controller_policy}.go, for what is modelled here
 */
const EVENTS = 'cpu |events.k8s.io/events';
const WORKLOADS =
  'apps/daemonsets,deployments,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale';
const VIEW = `glw /configmaps,endpoints,events,limitranges,namespaces,namespaces/status,persistentvolumeclaims,pods,pods/log,pods/status,replicationcontrollers,resourcequotas,resourcequotas/status,serviceaccounts,services,services/status;glw ${WORKLOADS},controllerrevisions;glw policy/poddisruptionbudgets,poddisruptionbudgets/status;glw discovery.k8s.io/endpointslices`;
const EDIT = `${VIEW};glw /secrets,pods/attach,pods/exec,pods/portforward,pods/proxy,services/proxy;cuddDp /configmaps,events,persistentvolumeclaims,pods,pods/attach,pods/exec,pods/portforward,pods/proxy,replicationcontrollers,secrets,serviceaccounts,services,services/proxy;c /pods/eviction,serviceaccounts/token;cudDp ${WORKLOADS};cudDp policy/poddisruptionbudgets`;

export const CLUSTER_ROLES: Readonly<Record<string, string>> = {
  'cluster-admin': '* */*',
  admin: `${EDIT};cgludDpw rbac.authorization.k8s.io/roles,rolebindings`,
  edit: EDIT,
  view: VIEW,
  'system:basic-user': 'c authorization.k8s.io/selfsubjectaccessreviews,selfsubjectrulesreviews',
  'system:node':
    'glw /services;cglwup /nodes;up /nodes/status,pods/status;cup /events;glwcd /pods;c /pods/eviction,serviceaccounts/token;glw /configmaps,secrets;gcupd coordination.k8s.io/leases',
  'system:node-proxier': `lw /services,endpoints;glw /nodes;${EVENTS};lw discovery.k8s.io/endpointslices`,
  'system:kube-scheduler': `${EVENTS};c coordination.k8s.io/leases;lw coordination.k8s.io/leases;gu coordination.k8s.io/leases=kube-scheduler;glw /nodes;dglw /pods;c /bindings,pods/binding;pu /pods/status;glw /replicationcontrollers,services;glw apps/replicasets,statefulsets;glw policy/poddisruptionbudgets;glw /persistentvolumeclaims,persistentvolumes;glw /namespaces`,
  'system:kube-controller-manager': `${EVENTS};c coordination.k8s.io/leases;gu coordination.k8s.io/leases=kube-controller-manager;c /secrets,serviceaccounts;d /secrets;g /namespaces,secrets,serviceaccounts,configmaps;u /secrets,serviceaccounts;lw */*`,
  'system:kube-dns': 'lw /endpoints,services',
};

/** What each controller may do with its own service account. */
export const CONTROLLER_ROLES: Readonly<Record<string, string>> = {
  'daemon-set-controller': `glw apps/daemonsets;u apps/daemonsets/status,daemonsets/finalizers;lw /nodes;cdlpw /pods;c /pods/binding;cdglpuw apps/controllerrevisions;${EVENTS}`,
  'deployment-controller': `gluw apps/deployments;u apps/deployments/status,deployments/finalizers;cdglpuw apps/replicasets;glwu /pods;${EVENTS}`,
  'disruption-controller': `glw apps/deployments,replicasets,statefulsets;glw policy/poddisruptionbudgets;u policy/poddisruptionbudgets/status;pu /pods/status;glw /pods,replicationcontrollers;g */*/scale;${EVENTS}`,
  'endpointslice-controller': `glw /services,pods,nodes;u /services/finalizers;cdgluw discovery.k8s.io/endpointslices;c discovery.k8s.io/endpointslices/restricted;${EVENTS}`,
  'generic-garbage-collector': `dglpuw */*;${EVENTS}`,
  'namespace-controller': 'dglw /namespaces;u /namespaces/finalize,namespaces/status;dDglpuw */*',
  'node-controller': `cdglpuw /nodes;pu /nodes/status;pu /pods/status;dglw /pods;glw coordination.k8s.io/leases;${EVENTS}`,
  'node-ipam-controller': `glpuw /nodes;pu /nodes/status;${EVENTS}`,
  'pod-garbage-collector': 'dlw /pods;glw /nodes;p /pods/status',
  'replicaset-controller': `gluw apps/replicasets;u apps/replicasets/status,replicasets/finalizers;cdlpw /pods;${EVENTS}`,
  'resourcequota-controller': `lw */*;u /resourcequotas/status;p /resourcequotas/status;${EVENTS}`,
  'root-ca-cert-publisher': `cu /configmaps;${EVENTS}`,
  'service-account-controller': `c /serviceaccounts;${EVENTS}`,
  'service-controller': `glw /services;pu /services/status,services;lw /nodes;${EVENTS}`,
  'taint-eviction-controller': `dglw /pods;p /pods/status;glw /nodes;${EVENTS}`,
  'ttl-controller': `lpuw /nodes;${EVENTS}`,
};

/** Who is bound to what from the start: `U` a user, `G` a group, `S` a service account of kube-system. */
export const CLUSTER_ROLE_BINDINGS: readonly (readonly [name: string, role: string, subject: string])[] = [
  ['cluster-admin', 'cluster-admin', 'G system:masters'],
  ['kubeadm:cluster-admins', 'cluster-admin', 'G kubeadm:cluster-admins'],
  ['system:basic-user', 'system:basic-user', 'G system:authenticated'],
  ['system:kube-controller-manager', 'system:kube-controller-manager', 'U system:kube-controller-manager'],
  ['system:kube-dns', 'system:kube-dns', 'S kube-dns'],
  ['system:kube-scheduler', 'system:kube-scheduler', 'U system:kube-scheduler'],
  ['system:node-proxier', 'system:node-proxier', 'U system:kube-proxy'],
];

const VERBS: Readonly<Record<string, string>> = {
  g: 'get',
  l: 'list',
  w: 'watch',
  c: 'create',
  u: 'update',
  p: 'patch',
  d: 'delete',
  D: 'deletecollection',
  '*': '*',
};

/** Rules from their short form. */
export function rulesFrom(text: string): PolicyRule[] {
  return text.split(';').map((part): PolicyRule => {
    const [verbs = '', rest = ''] = part.split(' ');
    const slash = rest.indexOf('/');
    const [resources = '', names] = rest.slice(slash + 1).split('=');
    return {
      apiGroups: rest.slice(0, slash).split('|'),
      resources: resources.split(','),
      ...(names !== undefined && { resourceNames: names.split(',') }),
      verbs: [...new Set(verbs)].map((verb) => VERBS[verb] as string),
    };
  });
}

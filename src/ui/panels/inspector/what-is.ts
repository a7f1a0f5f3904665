interface About {
  readonly does: string;
  readonly doesNot: string;
}

/** What each component does and does not do. */
export const COMPONENTS: Readonly<Record<string, About>> = {
  apiserver: {
    does: 'The only door to the state of the cluster: it checks every request, writes to etcd, and tells everyone who watches what changed.',
    doesNot: 'It decides nothing about pods and orders nobody about: controllers, scheduler and kubelets come to it.',
  },
  etcd: {
    does: 'Keeps every object under a key and gives each change a revision. A write counts once a majority of the members has it.',
    doesNot: 'Its only client is the API server. It does not know what a pod is.',
  },
  scheduler: {
    does: 'Watches for pods that have no node, picks one for each, and writes its choice as a Binding.',
    doesNot: 'It starts no containers, talks to no node, and never moves a pod that has a node.',
  },
  'controller-manager': {
    does: 'Many controllers in one process. Each watches some kinds and makes requests until what is there is what was asked for.',
    doesNot: 'They call neither each other nor the nodes: they meet only in objects, through the API server.',
  },
  'cloud-controller-manager': {
    does: 'Looks after what only a cloud provider can do: load balancers, routes, and whether a node’s machine still exists.',
    doesNot: 'It schedules nothing and touches no pods.',
  },
  kubelet: {
    does: 'Makes the pods of its node run: asks the runtime for sandboxes and containers, probes and restarts them, reports what is so.',
    doesNot:
      'It chooses no pods: it takes those that carry its node’s name, and the static ones from files on its disk.',
  },
  containerd: {
    does: 'The container runtime: pulls images, makes each pod’s sandbox and runs its containers, because the kubelet asks.',
    doesNot: 'It knows nothing of the API server, of Deployments or Services, and restarts nothing by itself.',
  },
  cni: {
    does: 'A program that the runtime calls for each sandbox: it gives the pod its network interface and an address of its node’s range.',
    doesNot: 'It knows no Services: virtual addresses are kube-proxy’s business.',
  },
  'kube-proxy': {
    does: 'Watches Services and EndpointSlices and writes them as packet filter rules into the kernel of its node.',
    doesNot: 'No packet passes through it. When it stops, the rules stay and go on working.',
  },
  kindnet: {
    does: 'Tells the kernel of its node the way to the pod ranges of the other nodes.',
    doesNot: 'No packet passes through it. When it stops, the routes stay; only nodes that come later are not reached.',
  },
  coredns: {
    does: 'Answers the pods’ questions for names: the name of a Service becomes its virtual address.',
    doesNot: 'Only questions come here; the connections that follow do not.',
  },
  machine: {
    does: 'The computer itself: its power, its kernel with the packet filter, and the services that it starts at boot.',
    doesNot: 'It knows nothing of Kubernetes. The Node in the API is a record about it, kept by its kubelet.',
  },
  kubectl: {
    does: 'Turns what you ask for into requests to the API server, and prints the answers.',
    doesNot: 'It changes nothing itself. “created” means stored: whether it runs is decided later, by others.',
  },
};

/** What each kind of object is. */
export const KINDS: Readonly<Record<string, string>> = {
  Pod: 'Containers that share one address and run together on one node. A pod never moves: if it is lost, something may make another, with another name and address.',
  Node: 'The record of a machine, kept up to date by its kubelet. The machine can be dead while the record still says Ready.',
  Deployment:
    'A wish: so many pods made from this template. It makes no pods itself, but ReplicaSets, one for each version of the template.',
  ReplicaSet:
    'Keeps so many pods of one template: it counts those that match its selector, makes what is missing, deletes what is too much.',
  DaemonSet: 'One pod on every node that fits. It makes each pod for one certain node; the scheduler still binds it.',
  StatefulSet: 'Pods with lasting names and disks, made and ended in order.',
  Job: 'Pods that are to end well; those that fail are made again.',
  Service:
    'One name and one virtual address for a changing set of pods. No process listens there: rules on every node lead connections to a pod.',
  EndpointSlice:
    'The addresses behind a Service and whether each is ready. The EndpointSlice controller writes it; kube-proxies read it.',
  Namespace: 'A room for names. It keeps names apart and quotas together; it does not keep traffic apart.',
  Lease: 'A sign of life with a time on it: the heartbeat of a node, or the claim of a process that it leads.',
  ConfigMap: 'Settings for pods to read. A change reaches mounted files after a while, environment variables never.',
  Secret: 'Like a ConfigMap, for what should not be shown around. Encoded, not encrypted.',
  ServiceAccount: 'Who a pod is when it talks to the API server.',
  Event: 'A note that a component left about an object. Events drive nothing: they are for people, and expire.',
  ControllerRevision: 'A kept version of a template, so that one can go back to it.',
  PriorityClass: 'A named priority for pods: higher ones are tried first and may push lower ones off a node.',
  ResourceQuota: 'A limit for a whole namespace. The API server refuses what would exceed it.',
  LimitRange: 'Defaults and limits for single pods of a namespace, filled in at admission.',
  PodDisruptionBudget: 'How many pods may be missing at once when somebody evicts them on purpose.',
  ClusterRole: 'A list of things that may be done. It permits nobody anything until it is bound.',
  ClusterRoleBinding: 'Gives the permissions of a role to someone, in the whole cluster.',
  Role: 'A list of things that may be done in one namespace.',
  RoleBinding: 'Gives the permissions of a role to someone, in one namespace.',
};
export const OTHER_KIND = 'An object: a record in etcd that everyone reaches through the API server.';

/** Why a part is missing, and what it would do. */
export const GHOSTS: Readonly<Record<string, { readonly why: string; readonly would: readonly string[] }>> = {
  'cloud-controller-manager': {
    why: 'kind makes its nodes out of containers on one machine. There is no cloud behind them, so there is nothing for this process to talk to, and kind does not start it.',
    would: [
      'Node controller: fills in addresses and zone of a new node, and removes its taint node.cloudprovider.kubernetes.io/uninitialized.',
      'Node lifecycle: when a node is not Ready, asks the cloud whether its machine still exists, and deletes the Node if it does not.',
      'Service controller: makes a load balancer for each Service of type LoadBalancer. Here such a Service keeps waiting: EXTERNAL-IP <pending>.',
      'Route controller: tells the cloud’s network where each node’s pod range is.',
    ],
  },
  users: {
    why: 'Traffic from outside the cluster is not modelled: nobody sends requests here. Pods can send some: probes, and the commands of shell images such as wget.',
    would: [
      'A request to a Service of type NodePort may arrive at any node, on the port of that Service.',
      'The rules that kube-proxy has written there pass it on to one of the endpoints that are ready, on whichever node it runs. No part of the control plane is asked.',
    ],
  },
};

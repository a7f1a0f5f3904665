import { componentOf, hostOf } from '../kernel/types.ts';

/** How a controller is called in a sentence, by the name of its service account. */
const CONTROLLERS: Readonly<Record<string, string>> = {
  'deployment-controller': 'The Deployment controller',
  'replicaset-controller': 'The ReplicaSet controller',
  'daemon-set-controller': 'The DaemonSet controller',
  'endpointslice-controller': 'The EndpointSlice controller',
  'node-controller': 'The node controller',
  'node-lifecycle-controller': 'The node lifecycle controller',
  'taint-eviction-controller': 'The taint eviction controller',
  'namespace-controller': 'The namespace controller',
  'service-account-controller': 'The ServiceAccount controller',
  'root-ca-cert-publisher': 'The root CA publisher',
  'generic-garbage-collector': 'The garbage collector',
  'pod-garbage-collector': 'The pod garbage collector',
  'resourcequota-controller': 'The ResourceQuota controller',
  'disruption-controller': 'The disruption controller',
  'node-ipam-controller': 'The node IPAM controller',
};

const COMPONENTS: Readonly<Record<string, string>> = {
  apiserver: 'The API server',
  scheduler: 'The scheduler',
  'controller-manager': 'The controller manager',
  etcd: 'etcd',
  kubectl: 'kubectl',
  kubeadm: 'kubeadm',
  coredns: 'CoreDNS',
  'load-balancer': 'The load balancer',
};

/** Those that run on many machines. */
const ON_HOST: Readonly<Record<string, string>> = {
  kubelet: 'The kubelet',
  containerd: 'The container runtime',
  cni: 'The CNI plugin',
};

const SERVICE_ACCOUNT = 'system:serviceaccount:kube-system:';

/** Who asked, as the subject of a sentence: from the user that a request carries. */
export function speakerOf(user: string, from: string): string {
  if (user.startsWith('system:node:')) return `The kubelet on ${user.slice('system:node:'.length)}`;
  if (user.startsWith(SERVICE_ACCOUNT)) {
    const account = user.slice(SERVICE_ACCOUNT.length);
    if (account === 'kube-proxy') return `kube-proxy on ${hostOf(from)}`;
    return CONTROLLERS[account] ?? `The ${account.replaceAll('-', ' ')}`;
  }
  return componentSpeaker(from);
}

/** A controller by the name of its workqueue, for example `replicaset-controller`. */
export function controllerSpeaker(name: string): string {
  const short = name.replace(/-controller$/, '');
  return CONTROLLERS[name] ?? CONTROLLERS[short] ?? `The ${short.replaceAll('-', ' ')} controller`;
}

/** A component as the subject of a sentence. */
export function componentSpeaker(address: string): string {
  const component = componentOf(address);
  if (component === 'machine') return hostOf(address);
  return COMPONENTS[component] ?? `${ON_HOST[component] ?? component} on ${hostOf(address)}`;
}

/** A component with its machine, in the middle of a sentence: where there may be several of them. */
export function placed(address: string): string {
  const speaker = inSentence(componentSpeaker(address));
  return speaker.includes(' on ') || ['load-balancer', 'kubectl'].includes(componentOf(address))
    ? speaker
    : `${speaker} on ${hostOf(address)}`;
}

/** The same in the middle of a sentence. */
export function inSentence(speaker: string): string {
  return speaker.startsWith('The ') ? `the ${speaker.slice(4)}` : speaker;
}

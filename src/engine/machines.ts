import type { ClusterOptions, MachineSpec } from './door.ts';
import type { Kernel } from './kernel/kernel.ts';
import { controlPlaneManifests, type EtcdFlags, KUBERNETES_VERSION } from './kubeadm/manifests.ts';
import type { MachineConfig } from './machine/messages.ts';
import { checkOptions, etcdMembersOf } from './options.ts';

/** The user's own computer, where kubectl runs. */
export const LAPTOP = 'laptop';
/** Where the control plane lives when the cluster's nodes do not carry it (`controlPlanes: 0`). */
const HOSTED = 'managed-control-plane';
/** Its address, as seen from the nodes' network. */
const HOSTED_ADDRESS = '172.18.0.1';
/** What kind puts in front of several API servers: a machine with nothing but haproxy. */
const LOAD_BALANCER = 'kind-external-load-balancer';

const POD_SUBNET = '10.244.0.0/16';
/** Each node takes a /24: more than 256 nodes need more room than kind gives. */
const LARGE_POD_SUBNET = '10.128.0.0/11';
const MAX_KIND_NODES = 256;
/** Larger clusters have a kindnet that looks at other nodes only when it must: each watching all would be most of the traffic. */
const MAX_WATCHED_NODES = 64;
const SERVICE_SUBNET = '10.96.0.0/16';
const DEFAULT_SIZE = { cpu: '4', memory: '8Gi', ephemeralStorage: '100Gi', pods: '110' };

/** A whole cluster's computers, from the options: the names, addresses and sizes that `kind` would give. */
export interface Plan {
  readonly machines: readonly MachineConfig[];
  /** Where kubectl and the nodes find the API server. */
  readonly server: string;
  /** Machines with an etcd member. */
  readonly etcdHosts: readonly string[];
  /** Machines that may run a scheduler. */
  readonly controlPlaneHosts: readonly string[];
  readonly podSubnet: string;
  readonly serviceSubnet: string;
}

/** Plans the machines. Throws an `OptionsError` that says which option makes no sense. */
export function planMachines(options: ClusterOptions): Plan {
  checkOptions(options);
  const serviceSubnet = options.serviceSubnet ?? SERVICE_SUBNET;
  const specs = options.machines ?? defaultSpecs(options);
  const podSubnet = options.podSubnet ?? (specs.length > MAX_KIND_NODES ? LARGE_POD_SUBNET : POD_SUBNET);
  const controlPlanes = specs.filter(({ role }) => role === 'control-plane').map(({ name }) => name);
  const isBalanced = controlPlanes.length > 1 || options.profile === 'ha';
  const etcdHosts = placeMembers(controlPlanes, etcdMembersOf(options, controlPlanes.length));
  const extra = etcdHosts.filter((name) => name !== HOSTED && !controlPlanes.includes(name));
  const addresses = new Map<string, string>();
  for (const { name, internalIP } of specs) addresses.set(name, internalIP ?? nodeAddress(addresses.size));
  for (const name of extra) addresses.set(name, nodeAddress(addresses.size));
  const controlPlaneHost = controlPlanes[0] ?? HOSTED;
  const server = isBalanced ? `load-balancer@${LOAD_BALANCER}` : `apiserver@${controlPlaneHost}`;
  const manyNodes = specs.length > MAX_WATCHED_NODES && { manyNodes: true };
  const hosts = (isBalanced || !manyNodes) && {
    hosts: Object.fromEntries([...addresses].map(([name, ip]) => [ip, name])),
  };
  const taintControlPlane = specs.some(({ role }) => role === 'worker');
  const urls = etcdHosts.map((name) => ({ name, ip: addresses.get(name) ?? HOSTED_ADDRESS }));
  const machines = specs.map((spec): MachineConfig => {
    const internalIP = addresses.get(spec.name) as string;
    const isControlPlane = spec.role === 'control-plane';
    const taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
    const etcd: EtcdFlags = { members: urls, isLocal: etcdHosts.includes(spec.name) };
    return {
      ...DEFAULT_SIZE,
      ...options.nodeResources,
      ...(spec.cpu && { cpu: spec.cpu }),
      ...(spec.memory && { memory: spec.memory }),
      ...(spec.ephemeralStorage && { ephemeralStorage: spec.ephemeralStorage }),
      ...(spec.pods && { pods: spec.pods }),
      name: spec.name,
      role: spec.role,
      internalIP,
      zone: spec.zone,
      labels: {
        ...(isControlPlane && {
          'node-role.kubernetes.io/control-plane': '',
          'node.kubernetes.io/exclude-from-external-load-balancers': '',
        }),
        ...spec.labels,
      },
      taints: spec.taints ?? (isControlPlane && taintControlPlane ? [taint] : []),
      apiServer: server,
      ...hosts,
      ...manyNodes,
      manifests: isControlPlane ? controlPlaneManifests(spec.name, internalIP, podSubnet, serviceSubnet, etcd) : [],
      kubeletVersion: KUBERNETES_VERSION,
      podSubnet,
      serviceSubnet,
      proxyConfig: options.proxyConfig,
      schedulerConfig: options.schedulerConfig,
      ...(options.addons === false && { agents: agents(spec.name, internalIP, server, podSubnet, options, manyNodes) }),
    };
  });
  const common = { ...DEFAULT_SIZE, apiServer: server, manifests: [], kubeletVersion: '', podSubnet, serviceSubnet };
  const peers = etcdHosts.map((name) => ({ name, host: name }));
  for (const name of extra) {
    const member = { component: 'etcd', config: { name, peers } };
    machines.push({ ...common, name, role: 'etcd', internalIP: addresses.get(name) as string, agents: [member] });
  }
  if (isBalanced) {
    const backends = controlPlanes.map((name) => `apiserver@${name}`);
    const haproxy = { component: 'load-balancer', config: { backends } };
    const internalIP = nodeAddress(addresses.size);
    machines.push({ ...common, name: LOAD_BALANCER, role: 'outside', internalIP, agents: [haproxy] });
  }
  if (controlPlanes.length === 0) {
    const services = controlPlaneServices(server, podSubnet, serviceSubnet, options);
    machines.push({ ...common, name: HOSTED, role: 'outside', internalIP: HOSTED_ADDRESS, agents: services });
  }
  const controlPlaneHosts = controlPlanes.length > 0 ? controlPlanes : [HOSTED];
  return { machines, server, etcdHosts, controlPlaneHosts, podSubnet, serviceSubnet };
}

/** The computer of a member that comes later: its etcd looks for its group at the machines of the others. */
export function etcdMachine(kernel: Kernel, name: string, others: readonly string[]): MachineConfig {
  const configs = [...kernel.machines.values()].map(({ config }) => config as MachineConfig);
  const known = configs.find(({ apiServer }) => apiServer !== undefined) as MachineConfig;
  const { apiServer, podSubnet, serviceSubnet } = known;
  const taken = new Set(configs.map(({ internalIP }) => internalIP));
  let i = 0;
  while (taken.has(nodeAddress(i))) i++;
  const peers = [...others.filter((other) => other !== name), name].map((host) => ({ name: host, host }));
  const agents = [{ component: 'etcd', config: { name, peers } }];
  const common = { ...DEFAULT_SIZE, apiServer, podSubnet, serviceSubnet, manifests: [], kubeletVersion: '' };
  return { ...common, name, role: 'etcd', internalIP: nodeAddress(i), agents };
}

/** Members are stacked on control-plane nodes; what is left gets machines of its own. */
function placeMembers(controlPlanes: readonly string[], members: number): string[] {
  if (controlPlanes.length === 0) return [HOSTED];
  const hosts = controlPlanes.slice(0, members);
  for (let i = 0; hosts.length < members; i++) hosts.push(numbered('kind-etcd', i));
  return hosts;
}

/** Without addons the network still works: kindnet and kube-proxy run as services of the machine, not as pods. */
function agents(
  nodeName: string,
  nodeIP: string,
  server: string,
  clusterCIDR: string,
  options: ClusterOptions,
  manyNodes: object | false,
) {
  const proxy = { server, nodeName, nodeIP, clusterCIDR, config: options.proxyConfig };
  return [
    { component: 'kindnet', config: { server, nodeName, ...manyNodes } },
    { component: 'kube-proxy', config: proxy },
  ];
}

/** A hosted control plane has no kubelet: its parts are services of the machine, not static pods. */
function controlPlaneServices(server: string, clusterCIDR: string, serviceCIDR: string, options: ClusterOptions) {
  const identity = `${HOSTED}_0`;
  return [
    { component: 'etcd', config: { name: HOSTED } },
    { component: 'apiserver', config: { internalIP: HOSTED_ADDRESS, serviceSubnet: serviceCIDR } },
    { component: 'controller-manager', config: { server, identity, clusterCIDR, serviceCIDR } },
    { component: 'scheduler', config: { server, identity, config: options.schedulerConfig } },
  ];
}

function defaultSpecs(options: ClusterOptions): MachineSpec[] {
  const zones = options.zones ?? [];
  const specs: MachineSpec[] = [];
  for (let i = 0; i < (options.controlPlanes ?? (options.profile === 'ha' ? 3 : 1)); i++) {
    specs.push({ name: numbered('kind-control-plane', i), role: 'control-plane' });
  }
  for (let i = 0; i < (options.workers ?? 3); i++) {
    const zone = zones.length > 0 ? zones[i % zones.length] : undefined;
    specs.push({ name: numbered('kind-worker', i), role: 'worker', zone });
  }
  return specs;
}

const numbered = (name: string, i: number): string => (i === 0 ? name : `${name}${i + 1}`);

/** Addresses of docker's network `kind`: 172.18.0.0/16, the gateway first. */
function nodeAddress(i: number): string {
  const host = i + 2;
  return `172.18.${host >> 8}.${host & 255}`;
}

/** The tenth address of a subnet: that of kube-dns. */
export function dnsAddress(serviceSubnet: string): string {
  const [base = ''] = serviceSubnet.split('/');
  return base.replace(/\d+$/, '10');
}

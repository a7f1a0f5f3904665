import type { ClusterOptions, MachineSpec } from './door.ts';
import { controlPlaneManifests, KUBERNETES_VERSION } from './kubeadm/manifests.ts';
import type { MachineConfig } from './machine/messages.ts';

/** The user's own computer, where kubectl runs. */
export const LAPTOP = 'laptop';
/** Where the control plane lives when the cluster's nodes do not carry it (`controlPlanes: 0`). */
export const HOSTED = 'managed-control-plane';
/** Its address, as seen from the nodes' network. */
export const HOSTED_ADDRESS = '172.18.0.1';

const POD_SUBNET = '10.244.0.0/16';
/** Each node takes a /24: more than 256 nodes need more room than kind gives. */
const LARGE_POD_SUBNET = '10.128.0.0/11';
const MAX_KIND_NODES = 256;
const SERVICE_SUBNET = '10.96.0.0/16';
const DEFAULT_SIZE = { cpu: '4', memory: '8Gi', ephemeralStorage: '100Gi', pods: '110' };

/** A whole cluster's computers, from the options: the names, addresses and sizes that `kind` would give. */
export interface Plan {
  readonly machines: readonly MachineConfig[];
  readonly controlPlaneHost: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
}

export function planMachines(options: ClusterOptions): Plan {
  const serviceSubnet = options.serviceSubnet ?? SERVICE_SUBNET;
  const specs = options.machines ?? defaultSpecs(options);
  const podSubnet = options.podSubnet ?? (specs.length > MAX_KIND_NODES ? LARGE_POD_SUBNET : POD_SUBNET);
  const first = specs.find(({ role }) => role === 'control-plane');
  const controlPlaneHost = first?.name ?? HOSTED;
  const server = `apiserver@${controlPlaneHost}`;
  const taintControlPlane = specs.some(({ role }) => role === 'worker');
  const machines = specs.map((spec, i): MachineConfig => {
    const internalIP = spec.internalIP ?? nodeAddress(i);
    const isControlPlane = spec.role === 'control-plane';
    const taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
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
      manifests: isControlPlane ? controlPlaneManifests(spec.name, internalIP, podSubnet, serviceSubnet) : [],
      kubeletVersion: KUBERNETES_VERSION,
      podSubnet,
      serviceSubnet,
      proxyConfig: options.proxyConfig,
      schedulerConfig: options.schedulerConfig,
      ...(options.addons === false && { agents: agents(spec.name, internalIP, server, podSubnet, options) }),
    };
  });
  return { machines, controlPlaneHost, podSubnet, serviceSubnet };
}

/** Without addons the network still works: kindnet and kube-proxy run as services of the machine, not as pods. */
function agents(nodeName: string, nodeIP: string, server: string, clusterCIDR: string, options: ClusterOptions) {
  const proxy = { server, nodeName, nodeIP, clusterCIDR, config: options.proxyConfig };
  return [
    { component: 'kindnet', config: { server, nodeName } },
    { component: 'kube-proxy', config: proxy },
  ];
}

function defaultSpecs(options: ClusterOptions): MachineSpec[] {
  const zones = options.zones ?? [];
  const specs: MachineSpec[] = [];
  const numbered = (name: string, i: number): string => (i === 0 ? name : `${name}${i + 1}`);
  for (let i = 0; i < (options.controlPlanes ?? 1); i++) {
    specs.push({ name: numbered('kind-control-plane', i), role: 'control-plane' });
  }
  for (let i = 0; i < (options.workers ?? 3); i++) {
    const zone = zones.length > 0 ? zones[i % zones.length] : undefined;
    specs.push({ name: numbered('kind-worker', i), role: 'worker', zone });
  }
  return specs;
}

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

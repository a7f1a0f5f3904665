import type { MachineConfig } from '../machine/messages.ts';

/**
 * The process of the engine behind an image of the cluster's own components, with the configuration that its flags and
 * its machine give it. Undefined: an image that is not one of them.
 */
export function componentProcess(
  image: string,
  argv: readonly string[],
  machine: MachineConfig,
  containerId: string,
): { component: string; config: object } | undefined {
  const local = `apiserver@${machine.name}`;
  const flag = (name: string, fallback: string): string =>
    argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
  // Each start is another candidate: after a crash the old one's lease has to run out first.
  const identity = `${machine.name}_${uuidOf(containerId)}`;
  switch (image) {
    case 'etcd':
      // An etcd in somebody's own pod is not the cluster's.
      return argv.some((arg) => arg.startsWith('--name='))
        ? { component: 'etcd', config: { name: flag('name', machine.name), ...groupOf(flag('initial-cluster', '')) } }
        : undefined;
    case 'kube-apiserver':
      return {
        component: 'apiserver',
        config: {
          internalIP: flag('advertise-address', machine.internalIP),
          serviceSubnet: flag('service-cluster-ip-range', machine.serviceSubnet),
          etcd: etcdServers(flag('etcd-servers', ''), machine),
          ...(machine.apiServer !== local && { isOneOfMany: true }),
        },
      };
    case 'kube-controller-manager':
      return {
        component: 'controller-manager',
        config: {
          server: local,
          identity,
          clusterCIDR: flag('cluster-cidr', machine.podSubnet),
          serviceCIDR: flag('service-cluster-ip-range', machine.serviceSubnet),
        },
      };
    case 'kube-scheduler':
      return {
        component: 'scheduler',
        config: {
          server: local,
          identity,
          ...(machine.schedulerConfig !== undefined && { config: machine.schedulerConfig }),
        },
      };
    case 'kube-proxy':
      return {
        component: 'kube-proxy',
        config: {
          server: machine.apiServer,
          nodeName: machine.name,
          nodeIP: machine.internalIP,
          clusterCIDR: machine.podSubnet,
          ...(machine.proxyConfig !== undefined && { config: machine.proxyConfig }),
        },
      };
    case 'kindnet':
      return {
        component: 'kindnet',
        config: {
          server: machine.apiServer,
          nodeName: machine.name,
          ...(machine.manyNodes && { manyNodes: true }),
        },
      };
    case 'coredns':
      return { component: 'coredns', config: { server: machine.apiServer } };
    default:
      return undefined;
  }
}

/** Members of `--initial-cluster`: a member is named after its machine. */
function groupOf(cluster: string): { peers?: { name: string; host: string }[] } {
  if (cluster === '') return {};
  return { peers: cluster.split(',').map((member) => nameAndHost(member.split('=')[0] as string)) };
}

const nameAndHost = (name: string) => ({ name, host: name });

function etcdServers(urls: string, machine: MachineConfig): string[] {
  return urls.split(',').map((url) => {
    const ip = url.replace(/^https?:\/\/|:\d+$/g, '');
    return `etcd@${machine.hosts?.[ip] ?? machine.name}`;
  });
}

const uuidOf = (id: string): string =>
  [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join('-');

import type { Pod } from '../api/generated/types.ts';

/** Versions that kubeadm v1.35 installs (cmd/kubeadm/app/constants). */
export const KUBERNETES_VERSION = 'v1.35.6';
const ETCD_IMAGE = 'registry.k8s.io/etcd:3.6.6-0';
export const COREDNS_IMAGE = 'registry.k8s.io/coredns/coredns:v1.13.1';
export const KINDNET_IMAGE = 'docker.io/kindest/kindnetd:v20250512-df8de77b';

interface StaticPod {
  readonly component: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly cpu: string;
  readonly memory?: string;
  readonly port: number;
  readonly live: string;
  readonly ready: string | undefined;
}

/** The etcd group as a control-plane node's manifests name it. */
export interface EtcdFlags {
  readonly members: readonly { readonly name: string; readonly ip: string }[];
  /** A member runs on this node; its API server then talks to that one only. */
  readonly isLocal: boolean;
}

/**
 * The four files (three, if its etcd is elsewhere) in /etc/kubernetes/manifests of a control-plane node.
 * Source: cmd/kubeadm/app/phases/controlplane/manifests.go, phases/etcd/local.go, util/staticpod/utils.go
 */
export function controlPlaneManifests(
  node: string,
  ip: string,
  podSubnet: string,
  serviceSubnet: string,
  { members, isLocal }: EtcdFlags,
): Pod[] {
  const kubernetes = (name: string): string => `registry.k8s.io/${name}:${KUBERNETES_VERSION}`;
  const pods: StaticPod[] = [
    {
      component: 'etcd',
      image: ETCD_IMAGE,
      command: [
        'etcd',
        `--name=${node}`,
        '--data-dir=/var/lib/etcd',
        `--listen-client-urls=https://127.0.0.1:2379,https://${ip}:2379`,
        ...(members.length > 1 ? groupFlags(ip, members) : []),
      ],
      cpu: '100m',
      memory: '100Mi',
      port: 2381,
      live: '/livez',
      ready: '/readyz',
    },
    {
      component: 'kube-apiserver',
      image: kubernetes('kube-apiserver'),
      command: [
        'kube-apiserver',
        `--advertise-address=${ip}`,
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        `--etcd-servers=${isLocal ? 'https://127.0.0.1:2379' : members.map((member) => `https://${member.ip}:2379`).join(',')}`,
        `--service-cluster-ip-range=${serviceSubnet}`,
      ],
      cpu: '250m',
      port: 6443,
      live: '/livez',
      ready: '/readyz',
    },
    {
      component: 'kube-controller-manager',
      image: kubernetes('kube-controller-manager'),
      command: [
        'kube-controller-manager',
        '--allocate-node-cidrs=true',
        `--cluster-cidr=${podSubnet}`,
        '--leader-elect=true',
        `--service-cluster-ip-range=${serviceSubnet}`,
        '--use-service-account-credentials=true',
      ],
      cpu: '200m',
      port: 10257,
      live: '/healthz',
      ready: undefined,
    },
    {
      component: 'kube-scheduler',
      image: kubernetes('kube-scheduler'),
      command: ['kube-scheduler', '--leader-elect=true'],
      cpu: '100m',
      port: 10259,
      live: '/livez',
      ready: '/readyz',
    },
  ];
  return (isLocal ? pods : pods.slice(1)).map(staticPod);
}

function groupFlags(ip: string, members: EtcdFlags['members']): string[] {
  const cluster = members.map((member) => `${member.name}=https://${member.ip}:2380`).join(',');
  return [`--listen-peer-urls=https://${ip}:2380`, `--initial-cluster=${cluster}`];
}

function staticPod({ component, image, command, cpu, memory, port, live, ready }: StaticPod): Pod {
  const scheme: 'HTTP' | 'HTTPS' = component === 'etcd' ? 'HTTP' : 'HTTPS';
  const httpGet = (path: string) => ({ host: '127.0.0.1', path, port, scheme });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: component, namespace: 'kube-system', labels: { component, tier: 'control-plane' } },
    spec: {
      containers: [
        {
          name: component,
          image,
          command: [...command],
          imagePullPolicy: 'IfNotPresent',
          resources: { requests: { cpu, ...(memory !== undefined && { memory }) } },
          livenessProbe: {
            httpGet: httpGet(live),
            initialDelaySeconds: 10,
            periodSeconds: 10,
            timeoutSeconds: 15,
            failureThreshold: 8,
          },
          ...(ready !== undefined && {
            readinessProbe: { httpGet: httpGet(ready), periodSeconds: 1, timeoutSeconds: 15, failureThreshold: 3 },
          }),
          startupProbe: {
            // etcd has started when it can serve all that Kubernetes asks of it.
            httpGet: httpGet(component === 'etcd' ? '/readyz' : live),
            initialDelaySeconds: 10,
            periodSeconds: 10,
            timeoutSeconds: 15,
            failureThreshold: 24,
          },
        },
      ],
      hostNetwork: true,
      priority: 2000001000,
      priorityClassName: 'system-node-critical',
      restartPolicy: 'Always',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    },
  };
}

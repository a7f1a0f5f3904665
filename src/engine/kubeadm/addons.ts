import type { KubernetesObject } from '../api/object.ts';
import { COREDNS_IMAGE, KINDNET_IMAGE, KUBERNETES_VERSION } from './manifests.ts';

/** Accounts of the node agents and of CoreDNS, and what they may do. Created also where no addon pods are. */
export function accounts(): KubernetesObject[] {
  const objects: object[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: system('kube-proxy') },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: system('coredns') },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: system('kindnet') },
    binding('kubeadm:node-proxier', 'system:node-proxier', 'kube-proxy'),
    clusterRole('system:coredns', [
      rule(['endpoints', 'services', 'pods', 'namespaces'], ['list', 'watch']),
      rule(['endpointslices'], ['list', 'watch'], 'discovery.k8s.io'),
    ]),
    binding('system:coredns', 'system:coredns', 'coredns'),
    clusterRole('kindnet', [
      rule(['nodes'], ['list', 'watch', 'patch']),
      rule(['pods', 'namespaces'], ['list', 'watch']),
      rule(['networkpolicies'], ['list', 'watch'], 'networking.k8s.io'),
    ]),
    binding('kindnet', 'kindnet', 'kindnet'),
  ];
  return objects as KubernetesObject[];
}

const system = (name: string) => ({ name, namespace: 'kube-system' });

/**
 * What kubeadm and kind apply once the API server answers: kube-proxy, CoreDNS and kindnet.
 * Source: cmd/kubeadm/app/phases/addons/{dns,proxy}/manifests.go; kind's pkg/build/nodeimage/const_cni.go
 */
export function addons(podSubnet: string, dnsIP: string): KubernetesObject[] {
  const objects: object[] = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...system('kube-proxy'), labels: { app: 'kube-proxy' } },
      data: {
        'config.conf': `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: ${podSubnet}\nmode: iptables\n`,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: system('coredns'),
      data: {
        Corefile:
          '.:53 {\n    errors\n    health {\n       lameduck 5s\n    }\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n       pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }\n    prometheus :9153\n    forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }\n    cache 30 {\n       disable success cluster.local\n       disable denial cluster.local\n    }\n    loop\n    reload\n    loadbalance\n}\n',
      },
    },
    kubeProxy(system('kube-proxy')),
    kindnet(system('kindnet'), podSubnet),
    coreDNS(system('coredns')),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        ...system('kube-dns'),
        labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
        annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
      },
      spec: {
        clusterIP: dnsIP,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
          { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
        ],
        selector: { 'k8s-app': 'kube-dns' },
      },
    },
  ];
  return objects as KubernetesObject[];
}

const RBAC = 'rbac.authorization.k8s.io';

function rule(resources: string[], verbs: string[], group = ''): object {
  return { apiGroups: [group], resources, verbs };
}

function clusterRole(name: string, rules: readonly object[]): object {
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

/** Gives a role to a service account of kube-system. */
function binding(name: string, role: string, account: string): object {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'kube-system' }],
  };
}

function kubeProxy(metadata: object): object {
  const labels = { 'k8s-app': 'kube-proxy' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'kube-proxy',
              image: `registry.k8s.io/kube-proxy:${KUBERNETES_VERSION}`,
              command: [
                '/usr/local/bin/kube-proxy',
                '--config=/var/lib/kube-proxy/config.conf',
                '--hostname-override=$(NODE_NAME)',
              ],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              securityContext: { privileged: true },
              volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }],
            },
          ],
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          priorityClassName: 'system-node-critical',
          serviceAccountName: 'kube-proxy',
          tolerations: [{ operator: 'Exists' }],
          volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }],
        },
      },
      updateStrategy: { type: 'RollingUpdate' },
    },
  };
}

function kindnet(metadata: object, podSubnet: string): object {
  const labels = { app: 'kindnet', 'k8s-app': 'kindnet', tier: 'node' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata, labels },
    spec: {
      selector: { matchLabels: { app: 'kindnet' } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'kindnet-cni',
              image: KINDNET_IMAGE,
              env: [
                { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'POD_SUBNET', value: podSubnet },
              ],
              resources: { requests: { cpu: '100m', memory: '50Mi' }, limits: { cpu: '100m', memory: '50Mi' } },
              securityContext: { privileged: false, capabilities: { add: ['NET_RAW', 'NET_ADMIN'] } },
            },
          ],
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          serviceAccountName: 'kindnet',
          tolerations: [{ operator: 'Exists' }],
        },
      },
    },
  };
}

function coreDNS(metadata: object): object {
  const labels = { 'k8s-app': 'kube-dns' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, labels: { ...labels, 'kubernetes.io/name': 'CoreDNS' } },
    spec: {
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: 'system-cluster-critical',
          serviceAccountName: 'coredns',
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: { matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }] },
                    topologyKey: 'kubernetes.io/hostname',
                  },
                },
              ],
            },
          },
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          ],
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          containers: [
            {
              name: 'coredns',
              image: COREDNS_IMAGE,
              imagePullPolicy: 'IfNotPresent',
              resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
              args: ['-conf', '/etc/coredns/Corefile'],
              volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
              ports: [
                { containerPort: 53, name: 'dns', protocol: 'UDP' },
                { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
                { containerPort: 9153, name: 'metrics', protocol: 'TCP' },
              ],
              livenessProbe: {
                httpGet: { path: '/health', port: 8080, scheme: 'HTTP' },
                initialDelaySeconds: 60,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 5,
              },
              readinessProbe: { httpGet: { path: '/ready', port: 8181, scheme: 'HTTP' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
            },
          ],
          dnsPolicy: 'Default',
          volumes: [
            { name: 'config-volume', configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] } },
          ],
        },
      },
    },
  };
}

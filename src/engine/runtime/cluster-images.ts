import { GO, type Image, make, type Row } from './image.ts';

const CONTROL_PLANE: Row = { ...GO, versions: '1.36', onTerm: 0, startMs: 700, cpuMillis: 30 };

const ROWS: Record<string, Row> = {
  'registry.k8s.io/pause': {
    mb: 0.32,
    hasShell: false,
    entrypoint: ['/pause'],
    mib: 1,
    cpuMillis: 0,
    startMs: 5,
    versions: '3.10 2.0',
  },
  'registry.k8s.io/kube-apiserver': {
    ...CONTROL_PLANE,
    mb: 27.7,
    mib: 260,
    cpuMillis: 60,
    entrypoint: ['kube-apiserver'],
    ports: [6443],
    http: 'health',
    component: 'kube-apiserver',
  },
  'registry.k8s.io/kube-controller-manager': {
    ...CONTROL_PLANE,
    mb: 23.1,
    mib: 60,
    entrypoint: ['kube-controller-manager'],
    ports: [10257],
    http: 'health',
    component: 'kube-controller-manager',
  },
  'registry.k8s.io/kube-scheduler': {
    ...CONTROL_PLANE,
    mb: 17.2,
    mib: 30,
    cpuMillis: 5,
    entrypoint: ['kube-scheduler'],
    ports: [10259],
    http: 'health',
    component: 'kube-scheduler',
  },
  'registry.k8s.io/cloud-controller-manager': {
    ...CONTROL_PLANE,
    mb: 18,
    mib: 25,
    entrypoint: ['cloud-controller-manager'],
    ports: [10258],
    http: 'health',
    component: 'cloud-controller-manager',
  },
  'registry.k8s.io/kube-proxy': {
    ...CONTROL_PLANE,
    mb: 25.8,
    mib: 20,
    cpuMillis: 1,
    startMs: 300,
    hasShell: true,
    entrypoint: ['/usr/local/bin/kube-proxy'],
    ports: [10256, 10249],
    http: 'health',
    component: 'kube-proxy',
  },
  'registry.k8s.io/etcd': {
    ...GO,
    mb: 23.6,
    mib: 45,
    cpuMillis: 20,
    versions: '3.6 2.3',
    onTerm: 0,
    startMs: 400,
    entrypoint: ['etcd'],
    ports: [2379, 2380, 2381, 8080],
    http: 'health',
    component: 'etcd',
  },
  'registry.k8s.io/coredns/coredns': {
    ...GO,
    mb: 23.6,
    mib: 14,
    cpuMillis: 2,
    versions: '1.14',
    onTerm: 0,
    startMs: 300,
    entrypoint: ['/coredns'],
    ports: [53, 8080, 8181, 9153],
    http: 'health',
    component: 'coredns',
    logs: ['.:53', 'CoreDNS-{version}', 'linux/amd64'],
  },
  'kindest/kindnetd': {
    ...GO,
    mb: 45,
    mib: 10,
    hasShell: true,
    onTerm: 0,
    startMs: 300,
    entrypoint: ['/bin/kindnetd'],
    component: 'kindnet',
  },
  'kindest/local-path-provisioner': { ...GO, mb: 20, versions: '', onTerm: 0, entrypoint: ['local-path-provisioner'] },
};

/** The image of a part of the cluster itself, by its short name. */
export function clusterImage(name: string): Image | undefined {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  return row && make(name, row, true);
}

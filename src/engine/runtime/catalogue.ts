/** What one image does when it runs. The catalogue below is a model, not the image's content. */
export interface Image {
  /** Short name: `nginx`, `registry.k8s.io/pause`. */
  readonly name: string;
  /** Compressed, as the registry transfers it and the kubelet reports it. */
  readonly sizeBytes: number;
  /** From the start of the process until it serves. */
  readonly startMs: number;
  /** Published versions: per major version the highest minor one, `1.29 0.8`. Empty: any tag exists. */
  readonly versions: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Programs, beside the entrypoint, that do what the image is for. */
  readonly programs: readonly string[];
  /** Whether it has `/bin/sh` and the usual small tools. */
  readonly hasShell: boolean;
  readonly ports: readonly number[];
  /** What answers HTTP on the ports; none: TCP only. */
  readonly http: HttpKind | undefined;
  /** Directory whose files it serves. */
  readonly docRoot: string;
  /** Exit code after SIGTERM; undefined: as process 1 it ignores the signal and waits for SIGKILL. */
  readonly onTerm: number | undefined;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** Lines written at the start; `{time}`, `{iso}`, `{version}`, `{hostname}` and `{ip}` are filled in. */
  readonly logs: readonly string[];
  /** The component of the cluster that this image is. */
  readonly component: string | undefined;
  /** False for the default given to images that are not in the catalogue. */
  readonly known: boolean;
}

export type HttpKind = 'files' | 'echo' | 'hello' | 'node-hello' | 'agnhost' | 'ok' | 'page' | 'health';

const MB = 1_000_000;
const MIB = 1_048_576;

type Row = Partial<Omit<Image, 'name' | 'known' | 'sizeBytes' | 'memoryBytes'>> & { mb: number; mib?: number };

const NO_STRINGS: readonly string[] = [];

function make(name: string, { mb, mib = 8, ...row }: Row, known: boolean): Image {
  return {
    startMs: 100,
    versions: '',
    entrypoint: NO_STRINGS,
    cmd: NO_STRINGS,
    programs: NO_STRINGS,
    hasShell: true,
    ports: [],
    http: undefined,
    docRoot: '',
    onTerm: 0,
    cpuMillis: 1,
    logs: NO_STRINGS,
    component: undefined,
    ...row,
    name,
    sizeBytes: Math.round(mb * MB),
    memoryBytes: mib * MIB,
    known,
  };
}

const NGINX: Row = {
  mb: 72.4,
  versions: '1.29 0.8',
  entrypoint: ['/docker-entrypoint.sh'],
  cmd: ['nginx', '-g', 'daemon off;'],
  programs: ['nginx', 'nginx-debug'],
  ports: [80],
  http: 'files',
  docRoot: '/usr/share/nginx/html',
  startMs: 150,
  logs: [
    '/docker-entrypoint.sh: Configuration complete; ready for start up',
    '{time} [notice] 1#1: using the "epoll" event method',
    '{time} [notice] 1#1: nginx/{version}',
    '{time} [notice] 1#1: start worker processes',
  ],
};
// A shell without a terminal reads end-of-file and exits 0 at once, as it really does.
const SHELL_ONLY: Row = { mb: 3.6, cmd: ['sh'], mib: 1, cpuMillis: 0, startMs: 20, onTerm: undefined };
// A Go program as process 1 that does not handle SIGTERM exits 2.
const GO: Row = { mb: 12, hasShell: false, onTerm: 2, mib: 12 };
const CONTROL_PLANE: Row = { ...GO, versions: '1.36', onTerm: 0, startMs: 700, cpuMillis: 30 };

const ROWS: Record<string, Row> = {
  nginx: NGINX,
  'nginxinc/nginx-unprivileged': { ...NGINX, ports: [8080] },
  'registry.k8s.io/nginx-slim': { ...NGINX, mb: 28, versions: '0.27', entrypoint: [] },
  'nginxdemos/hello': { ...NGINX, mb: 17, http: 'echo', versions: '0.4' },
  httpd: {
    mb: 56,
    versions: '2.4',
    cmd: ['httpd-foreground'],
    programs: ['httpd', 'apachectl'],
    ports: [80],
    http: 'files',
    docRoot: '/usr/local/apache2/htdocs',
    mib: 12,
    logs: [
      "[core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'",
      '[mpm_event:notice] [pid 1:tid 1] AH00489: Apache/{version} (Unix) configured -- resuming normal operations',
    ],
  },
  redis: {
    mb: 45,
    versions: '2.8 3.2 4.0 5.0 6.2 7.4 8.4',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['redis-server'],
    programs: ['redis-server', 'redis-sentinel'],
    ports: [6379],
    mib: 10,
    cpuMillis: 3,
    logs: [
      '1:C {time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo',
      '1:M {time} * Server initialized',
      '1:M {time} * Ready to accept connections tcp',
    ],
  },
  'registry.k8s.io/redis': { mb: 40, programs: ['redis-server'], cmd: ['redis-server'], ports: [6379], mib: 10 },
  memcached: {
    mb: 33,
    versions: '1.6',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['memcached'],
    programs: ['memcached'],
    ports: [11211],
  },
  postgres: {
    mb: 155,
    versions: '9.6 10.23 11.22 12.22 13.23 14.20 15.15 16.11 17.7 18.1',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['postgres'],
    programs: ['postgres'],
    ports: [5432],
    startMs: 2500,
    mib: 40,
    logs: [
      'PostgreSQL init process complete; ready for start up.',
      '{time} UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432',
      '{time} UTC [1] LOG:  database system is ready to accept connections',
    ],
  },
  mysql: {
    mb: 230,
    versions: '5.7 8.4 9.5',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['mysqld'],
    programs: ['mysqld'],
    ports: [3306],
    startMs: 6000,
    mib: 400,
    cpuMillis: 8,
    logs: [
      '{iso} 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld {version}) starting as process 1',
      "{iso} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '{version}'  port: 3306",
    ],
  },
  mariadb: {
    mb: 115,
    versions: '10.11 11.8 12.1',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['mariadbd'],
    programs: ['mariadbd'],
    ports: [3306],
    startMs: 4000,
    mib: 120,
  },
  mongo: {
    mb: 290,
    versions: '4.4 5.0 6.0 7.0 8.2',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['mongod'],
    programs: ['mongod'],
    ports: [27017],
    startMs: 2500,
    mib: 160,
    cpuMillis: 6,
  },
  rabbitmq: {
    mb: 105,
    versions: '3.13 4.2',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['rabbitmq-server'],
    programs: ['rabbitmq-server'],
    ports: [5672],
    startMs: 8000,
    mib: 140,
  },
  wordpress: {
    mb: 250,
    versions: '4.9 5.9 6.9',
    entrypoint: ['docker-entrypoint.sh'],
    cmd: ['apache2-foreground'],
    programs: ['apache2-foreground'],
    ports: [80],
    http: 'page',
    mib: 40,
  },
  'gcr.io/google-samples/cassandra': {
    mb: 130,
    versions: '14.0',
    cmd: ['/run.sh'],
    ports: [9042],
    startMs: 15000,
    mib: 900,
  },
  'registry.k8s.io/kubernetes-zookeeper': { mb: 100, cmd: ['start-zookeeper'], ports: [2181], startMs: 3000, mib: 200 },
  'gcr.io/google-samples/xtrabackup': { mb: 95, programs: ['xtrabackup', 'ncat'], cmd: ['bash'] },
  busybox: { ...SHELL_ONLY, mb: 2.2, versions: '1.37' },
  'registry.k8s.io/busybox': { ...SHELL_ONLY, mb: 0.7, versions: '1.37' },
  'registry.k8s.io/e2e-test-images/busybox': { ...SHELL_ONLY, mb: 0.8, versions: '1.37' },
  alpine: { ...SHELL_ONLY, versions: '2.7 3.23' },
  debian: { ...SHELL_ONLY, mb: 49, cmd: ['bash'], versions: '8.11 9.13 10.13 11.11 12.12 13.2' },
  ubuntu: { ...SHELL_ONLY, mb: 30, cmd: ['bash'], versions: '14.04 16.04 18.04 20.04 22.04 24.04 25.10' },
  centos: { ...SHELL_ONLY, mb: 83, cmd: ['bash'], versions: '6.10 7.9 8.4' },
  fedora: { ...SHELL_ONLY, mb: 60, cmd: ['bash'], versions: '43' },
  bash: { ...SHELL_ONLY, mb: 6, cmd: ['bash'], versions: '5.3 4.4 3.2' },
  python: { ...SHELL_ONLY, mb: 380, cmd: ['python3'], programs: ['python', 'python3'], versions: '2.7 3.14', mib: 12 },
  node: {
    ...SHELL_ONLY,
    mb: 390,
    cmd: ['node'],
    programs: ['node', 'npm'],
    versions: '16.20 18.20 20.19 22.21 24.11 25.2',
    mib: 40,
  },
  golang: { ...SHELL_ONLY, mb: 290, cmd: ['bash'], programs: ['go'], versions: '1.25' },
  perl: { ...SHELL_ONLY, mb: 330, cmd: ['perl'], programs: ['perl'], versions: '5.42', mib: 12 },
  'curlimages/curl': { ...SHELL_ONLY, mb: 9, entrypoint: ['curl'], cmd: [], versions: '7.88 8.17' },
  'nicolaka/netshoot': { ...SHELL_ONLY, mb: 200, cmd: ['zsh'], versions: '0.14' },
  'polinux/stress': { ...SHELL_ONLY, mb: 4, cmd: ['stress'], programs: ['stress'] },
  'vish/stress': {
    ...GO,
    mb: 1.5,
    entrypoint: ['/stress'],
    programs: ['stress'],
    logs: ['Allocating "0" memory, in "4Ki" chunks, with a 1ms sleep between allocations', 'Allocated "0" memory'],
  },
  'registry.k8s.io/stress': { ...GO, mb: 1.5, entrypoint: ['/stress'], programs: ['stress'] },
  'registry.k8s.io/pause': {
    mb: 0.32,
    hasShell: false,
    entrypoint: ['/pause'],
    mib: 1,
    cpuMillis: 0,
    startMs: 5,
    versions: '3.10 2.0',
  },
  'registry.k8s.io/echoserver': {
    ...NGINX,
    mb: 45,
    versions: '1.10',
    entrypoint: [],
    ports: [8080],
    http: 'echo',
    logs: ['Generating self-signed cert', 'Starting nginx'],
  },
  'kicbase/echo-server': {
    ...GO,
    mb: 2.3,
    entrypoint: ['/bin/echo-server'],
    ports: [8080],
    http: 'echo',
    logs: ['Echo server listening on port 8080.'],
  },
  'ealen/echo-server': { mb: 38, cmd: ['node'], ports: [80], http: 'echo' },
  'traefik/whoami': {
    ...GO,
    mb: 2.9,
    entrypoint: ['/whoami'],
    ports: [80],
    http: 'echo',
    logs: ['{time} Starting up on port 80'],
  },
  'hashicorp/http-echo': {
    ...GO,
    mb: 3,
    entrypoint: ['/http-echo'],
    ports: [5678],
    http: 'page',
    logs: ['{time} [INFO] server is listening on :5678'],
  },
  'gcr.io/google-samples/hello-app': {
    ...GO,
    versions: '1.0 2.0',
    entrypoint: ['./hello-app'],
    ports: [8080],
    http: 'hello',
    logs: ['{time} Server listening on port 8080'],
  },
  'us-docker.pkg.dev/google-samples/containers/gke/hello-app': {
    ...GO,
    versions: '1.0 2.0',
    entrypoint: ['./hello-app'],
    ports: [8080],
    http: 'hello',
    logs: ['{time} Server listening on port 8080'],
  },
  'gcr.io/google-samples/node-hello': {
    mb: 260,
    versions: '1.0',
    cmd: ['node', 'server.js'],
    ports: [8080],
    http: 'node-hello',
    mib: 30,
  },
  'gcr.io/google-samples/kubernetes-bootcamp': {
    mb: 80,
    cmd: ['node', 'server.js'],
    ports: [8080],
    http: 'hello',
    mib: 30,
    logs: ['Kubernetes Bootcamp App Started At: {iso} | Running On:  {hostname} '],
  },
  'gcr.io/google-samples/gb-frontend': { mb: 150, cmd: ['apache2-foreground'], ports: [80], http: 'page', mib: 30 },
  'us-docker.pkg.dev/google-samples/containers/gke/gb-frontend': {
    mb: 150,
    cmd: ['apache2-foreground'],
    ports: [80],
    http: 'page',
    mib: 30,
  },
  'gcr.io/google_samples/gb-redis-follower': {
    mb: 38,
    cmd: ['redis-server'],
    programs: ['redis-server'],
    ports: [6379],
  },
  'us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower': { mb: 38, cmd: ['redis-server'], ports: [6379] },
  'gcr.io/kuar-demo/kuard-amd64': { ...GO, entrypoint: ['/kuard'], ports: [8080], http: 'health' },
  'paulbouwer/hello-kubernetes': { mb: 40, cmd: ['npm', 'start'], ports: [8080], http: 'page', mib: 40 },
  'registry.k8s.io/hpa-example': {
    mb: 180,
    cmd: ['apache2-foreground'],
    ports: [80],
    http: 'ok',
    mib: 12,
    cpuMillis: 1,
  },
  'registry.k8s.io/goproxy': { ...GO, mb: 4.4, entrypoint: ['/goproxy'], ports: [8080], versions: '0.1' },
  'registry.k8s.io/liveness': {
    ...GO,
    mb: 2,
    entrypoint: ['/server'],
    programs: ['server'],
    ports: [8080],
    http: 'agnhost',
  },
  'registry.k8s.io/e2e-test-images/agnhost': {
    ...GO,
    mb: 50,
    versions: '2.57',
    hasShell: true,
    entrypoint: ['/agnhost'],
    cmd: ['pause'],
    programs: ['agnhost'],
    ports: [8080],
    http: 'agnhost',
  },
  'registry.k8s.io/e2e-test-images/nginx': { ...NGINX, mb: 7, versions: '1.15' },
  'registry.k8s.io/e2e-test-images/httpd': {
    mb: 40,
    cmd: ['httpd-foreground'],
    ports: [80],
    http: 'files',
    docRoot: '/usr/local/apache2/htdocs',
    versions: '2.4',
  },
  'registry.k8s.io/e2e-test-images/jessie-dnsutils': { ...SHELL_ONLY, mb: 110, versions: '1.7' },
  'registry.k8s.io/serve_hostname': { ...GO, entrypoint: ['/serve_hostname'], ports: [9376], http: 'agnhost' },
  'registry.k8s.io/fluentd-gcp': { mb: 180, cmd: ['/run.sh'], mib: 90, versions: '1.40' },
  'fluent/fluentd': { mb: 20, cmd: ['fluentd'], programs: ['fluentd'], mib: 60, versions: '1.19', startMs: 1500 },
  'quay.io/fluentd_elasticsearch/fluentd': {
    mb: 60,
    cmd: ['/entrypoint.sh'],
    mib: 110,
    versions: '2.8 3.4 4.7 5.0',
    startMs: 2500,
    logs: ['{iso} [info]: fluentd worker is now running worker=0'],
  },
  'fluent/fluent-bit': {
    ...GO,
    mb: 32,
    entrypoint: ['/fluent-bit/bin/fluent-bit'],
    ports: [2020],
    mib: 20,
    versions: '4.2',
  },
  'quay.io/prometheus/node-exporter': {
    ...GO,
    entrypoint: ['/bin/node_exporter'],
    ports: [9100],
    http: 'ok',
    versions: '1.10',
  },
  'registry.k8s.io/metrics-server/metrics-server': {
    ...GO,
    mb: 20,
    entrypoint: ['/metrics-server'],
    ports: [10250],
    mib: 30,
    versions: '0.8',
  },
  'registry.k8s.io/ingress-nginx/controller': {
    mb: 110,
    entrypoint: ['/nginx-ingress-controller'],
    ports: [80, 443, 10254],
    http: 'health',
    mib: 90,
    startMs: 2500,
    versions: '1.14',
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

/** What an image that is not in the catalogue does: it runs until it is stopped. */
export const UNKNOWN_IMAGE = make('', { mb: 60, mib: 24, startMs: 300 }, false);

/** The catalogue's entry of a short name. */
export function catalogueImage(name: string): Image | undefined {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  return row && make(name, row, true);
}

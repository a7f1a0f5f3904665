// How fast the engine is, without a page around it: `npm run bench [-- case ...]`.
// CPU time, not wall time: the garbage collector's threads count too.
import { type Cluster, createCluster } from '../src/engine/index';

const HOUR_MS = 3_600_000;

const CASES: Record<string, () => string> = {
  'pods-1000': () => startPods(1_000, 10),
  'pods-3000': () => startPods(3_000, 28),
  'idle-10': () => idle(10, HOUR_MS),
  'idle-100': () => idle(100, HOUR_MS / 6),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => CASES[name] === undefined);
if (unknown.length > 0) {
  console.error(`No such case: ${unknown.join(', ')}. There are ${Object.keys(CASES).join(', ')}.`);
  process.exit(2);
}
for (const [name, run] of Object.entries(CASES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  globalThis.gc?.();
  console.log(`${name.padEnd(12)} ${run()}`);
}

/** From `apply` of a Deployment and its Service until all pods are Ready and listed in EndpointSlices. */
function startPods(replicas: number, workers: number): string {
  const cluster = createCluster({ seed: 1, workers });
  const startedAt = cluster.now;
  const stop = cpuSeconds();
  cluster.apply(manifests(replicas));
  const isDone = cluster.runUntil((c) => readyReplicas(c) === replicas && listedAddresses(c) === replicas, HOUR_MS);
  const seconds = stop();
  const virtual = (cluster.now - startedAt) / 1000;
  if (!isDone) {
    process.exitCode = 1;
    return `not ready after ${virtual} virtual s: ${readyReplicas(cluster)} of ${replicas} pods, ${listedAddresses(cluster)} addresses`;
  }
  return `${seconds.toFixed(2)} CPU s, ${((seconds * 1000) / replicas).toFixed(2)} ms a pod, ${virtual} virtual s, ${heap()}`;
}

function idle(workers: number, virtualMs: number): string {
  const cluster = createCluster({ seed: 1, workers });
  const stop = cpuSeconds();
  cluster.advance(virtualMs);
  const seconds = stop();
  return `${Math.round(virtualMs / 1000 / seconds)} virtual s in a CPU s, ${heap()}`;
}

function manifests(replicas: number): object[] {
  const labels = { app: 'web' };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: labels, ports: [{ port: 80 }] },
    },
  ];
}

function readyReplicas(cluster: Cluster): number {
  const deployment = cluster.get('Deployment', 'default', 'web') as { status?: { readyReplicas?: number } } | undefined;
  return deployment?.status?.readyReplicas ?? 0;
}

function listedAddresses(cluster: Cluster): number {
  const slices = cluster.list('EndpointSlice', 'default') as {
    metadata: { labels?: Record<string, string> };
    endpoints?: { conditions?: { ready?: boolean } }[] | null;
  }[];
  return slices
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === 'web')
    .flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready === true).length;
}

function cpuSeconds(): () => number {
  const from = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1e6;
  };
}

function heap(): string {
  globalThis.gc?.();
  return `heap ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`;
}

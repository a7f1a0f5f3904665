// How fast and how large the engine is, without a page around it: `npm run bench [-- name ...]`.
// One line of JSON per figure. Each is measured in a process of its own, so that none warms up another; CPU time, not
// wall time: the garbage collector's and the compiler's threads count too.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cluster, type ClusterOptions, createCluster, type SimulatedCluster } from '../src/engine/index';
import { benchScheduling } from '../src/engine/scheduler/bench';
import { EtcdGroup } from '../src/engine/testing/etcd-group';
import { planOf } from '../src/engine/testing/simulation/plan';
import { runPlan } from '../src/engine/testing/simulation/run';
import { busyHour, seekTimes } from '../src/worker/history-bench';

interface Figure {
  readonly unit: string;
  /** What is aimed at; absent where as good as possible is the aim. */
  readonly target?: number;
  /** Whether more is better than the target; less is without it. */
  readonly moreIsBetter?: boolean;
  readonly measure: () => number;
}

const HOUR_MS = 3_600_000;
const FIGURES: Readonly<Record<string, Figure>> = {
  'create-default': { unit: 'CPU ms', target: 400, measure: createDefault },
  'pods-10': { unit: 'CPU s', measure: () => startPods(10, 10).seconds },
  'pods-100': { unit: 'CPU s', measure: () => startPods(100, 10).seconds },
  'pods-1000': { unit: 'CPU s', target: 1, measure: () => startPods(1_000, 10).seconds },
  'pods-3000': { unit: 'CPU s', target: 4, measure: () => startPods(3_000, 28).seconds },
  'idle-10': { unit: 'virtual s per CPU s', target: 2_000, moreIsBetter: true, measure: () => idle(10, HOUR_MS) },
  'idle-100': { unit: 'virtual s per CPU s', target: 500, moreIsBetter: true, measure: () => idle(100, HOUR_MS / 2) },
  'idle-1000': { unit: 'virtual s per CPU s', moreIsBetter: true, measure: () => idle(1_000, HOUR_MS / 20) },
  'idle-ha': {
    unit: 'virtual s per CPU s',
    target: 3_600,
    moreIsBetter: true,
    measure: () => idle(3, HOUR_MS / 2, { profile: 'ha' }),
  },
  'election-p50': { unit: 'virtual ms', measure: () => percentile(elections(), 50) },
  'election-p99': { unit: 'virtual ms', measure: () => percentile(elections(), 99) },
  ...Object.fromEntries(
    [1, 3, 5, 7].flatMap((members) =>
      [50, 99].map((p): [string, Figure] => [
        `commit-${members}-p${p}`,
        { unit: 'virtual ms', measure: () => percentile(commits(members), p) },
      ]),
    ),
  ),
  'idle-etcd-3': { unit: 'virtual s per CPU s', moreIsBetter: true, measure: () => idleEtcd(3, HOUR_MS) },
  'sim-hours': { unit: 'cluster-hours per core-hour', target: 3_600, moreIsBetter: true, measure: simHours },
  'scheduling-1000': { unit: 'pods/CPU s', target: 4_000, moreIsBetter: true, measure: () => scheduling(1_000) },
  'scheduling-5000': { unit: 'pods/CPU s', target: 4_000, moreIsBetter: true, measure: () => scheduling(5_000) },
  'seek-p50': { unit: 'CPU ms', target: 100, measure: () => percentile(seeks(), 50) },
  'seek-max': { unit: 'CPU ms', target: 100, measure: () => percentile(seeks(), 100) },
  'history-hour': { unit: 'MB of heap per busy virtual hour', target: 96, measure: () => historyHour().heap },
  'history-hour-counted': { unit: 'MB as the page says', target: 96, measure: () => historyHour().counted },
  'why-100': { unit: 'CPU ms', target: 10, measure: why },
  'effects-act': { unit: 'CPU ms', target: 250, measure: effects },
  'snapshot-default-bytes': { unit: 'bytes', measure: () => snapshot(createCluster({ seed: 1 })).bytes },
  'snapshot-default-ms': { unit: 'CPU ms', measure: () => snapshot(createCluster({ seed: 1 })).ms },
  'snapshot-pods-1000-bytes': { unit: 'bytes', measure: () => snapshot(startPods(1_000, 10).cluster).bytes },
  'snapshot-pods-1000-ms': { unit: 'CPU ms', measure: () => snapshot(startPods(1_000, 10).cluster).ms },
};
/** Figures of the build in dist/, gzipped, and what `npm run size` calls them. */
const SIZES: Readonly<Record<string, string>> = {
  'size-engine-worker': 'engine worker',
  'size-index-page': 'index.html',
  'size-embed-page': 'embed.html',
  'size-recorded-frame': 'recorded frame',
};
/** Figures of the page in a real Chromium, by scripts/bench-page.mjs: they need a build as well. */
const PAGE: Readonly<Record<string, Omit<Figure, 'measure'>>> = {
  'page-frames-1x': { unit: 'ms, 95 % of frames', target: 17 },
  'page-frames-story': { unit: 'ms, 95 % of frames', target: 17 },
  'page-longest-task': { unit: 'CPU ms', target: 50 },
};
const MEASURE = '--measure';

const [first, ...rest] = process.argv.slice(2);
if (first === MEASURE) {
  const { measure } = FIGURES[rest[0] ?? ''] as Figure;
  process.stdout.write(JSON.stringify(measure()));
} else {
  const known = [...Object.keys(FIGURES), ...Object.keys(SIZES), ...Object.keys(PAGE)];
  const wanted = first === undefined ? known : [first, ...rest];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`No such figure: ${unknown.join(', ')}. There are ${known.join(', ')}.`);
    process.exit(2);
  }
  for (const name of wanted) {
    const figure = FIGURES[name] ?? PAGE[name];
    const holds = figure === undefined ? reportSize(name) : reportMeasured(name, figure);
    if (!holds) process.exitCode = 1;
  }
}

// --- one line per figure ----------------------------------------------------------------------------------------------

function reportMeasured(name: string, { unit, target, moreIsBetter }: Omit<Figure, 'measure'>): boolean {
  const value = measureApart(name);
  if (value === undefined) return false;
  const holds = target === undefined || (moreIsBetter ? value >= target : value <= target);
  return report({ name, value: rounded(value), unit, target: target ?? null, holds });
}

/** Runs this very program in a fresh process for one figure; for one of the page, the program that opens it. */
function measureApart(name: string): number | undefined {
  const inPage = PAGE[name] !== undefined;
  const program = inPage
    ? [resolve('scripts/bench-page.mjs')]
    : ['--expose-gc', fileURLToPath(import.meta.url), MEASURE];
  const { status, stdout } = spawnSync(process.execPath, [...program, name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return JSON.parse(stdout) as number;
  console.error(`${name} could not be measured.`);
  return undefined;
}

function reportSize(name: string): boolean {
  const row = sizes().find((size) => size.name === SIZES[name]);
  if (row === undefined) {
    console.error(`${name}: there is no build in dist/; run \`npm run build\` first.`);
    return true;
  }
  const { bytes, budget, target = budget } = row;
  return report({ name, value: bytes, unit: 'bytes, gzip', target, holds: bytes <= target });
}

function report(line: { name: string; value: number; unit: string; target: number | null; holds: boolean }): boolean {
  console.log(JSON.stringify(line));
  return line.holds;
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly budget: number;
  readonly target?: number;
}

let measuredSizes: readonly Size[] | undefined;

function sizes(): readonly Size[] {
  if (measuredSizes !== undefined) return measuredSizes;
  measuredSizes = [];
  if (!existsSync('dist/.vite/manifest.json')) return measuredSizes;
  const script = resolve('scripts/sizes.mjs');
  const { stdout } = spawnSync(process.execPath, [script, '--json'], { encoding: 'utf8' });
  measuredSizes = JSON.parse(stdout) as Size[];
  return measuredSizes;
}

// --- measurements -----------------------------------------------------------------------------------------------------

function createDefault(): number {
  const stop = cpuSeconds();
  createCluster();
  return stop() * 1000;
}

/** From `apply` of a Deployment and its Service until all pods are Ready and listed in EndpointSlices. */
function startPods(replicas: number, workers: number): { seconds: number; cluster: Cluster } {
  const cluster = createCluster({ seed: 1, workers });
  const stop = cpuSeconds();
  cluster.apply(manifests(replicas));
  // Asked once a virtual second: the question must not be what is measured.
  for (let second = 0; second < 3_600; second++) {
    cluster.advance(1_000);
    if (readyReplicas(cluster) === replicas && listedAddresses(cluster) === replicas)
      return { seconds: stop(), cluster };
  }
  throw new Error(`${readyReplicas(cluster)} of ${replicas} pods ready, ${listedAddresses(cluster)} addresses listed`);
}

function idle(workers: number, virtualMs: number, more: ClusterOptions = {}): number {
  const cluster = createCluster({ seed: 1, workers, ...more });
  const stop = cpuSeconds();
  cluster.advance(virtualMs);
  return virtualMs / 1000 / stop();
}

/** How long a group of three has no leader after the leader crashed, over many seeds. */
function elections(): number[] {
  return Array.from({ length: 400 }, (_, seed) => {
    const group = new EtcdGroup({ size: 3, seed });
    const leader = group.elect();
    // Not always at the same moment after the last heartbeat.
    group.advance(1_000 + ((seed * 37) % 100));
    group.crash(leader);
    const crashedAt = group.now;
    group.elect();
    return group.now - crashedAt;
  });
}

/** From a client's transaction at the leader to its answer, the way there and back included, one write at a time. */
function commits(members: number): number[] {
  return Array.from({ length: 40 }, (_, seed) => {
    const group = new EtcdGroup({ size: members, seed });
    const leader = group.elect();
    group.advance(1_000);
    return Array.from({ length: 25 }, (_write, i) => {
      const write = group.put(leader, 'key', i);
      group.until(() => write.answer !== undefined);
      return (write.answeredAt as number) - write.at;
    });
  }).flat();
}

function idleEtcd(members: number, virtualMs: number): number {
  const group = new EtcdGroup({ size: members });
  group.elect();
  const stop = cpuSeconds();
  group.advance(virtualMs);
  return virtualMs / 1000 / stop();
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] as number;
}

function scheduling(nodes: number): number {
  const pods = 10_000;
  const run = benchScheduling(nodes, pods);
  const stop = cpuSeconds();
  const bound = run();
  const seconds = stop();
  if (bound !== pods) throw new Error(`${bound} of ${pods} pods found a node`);
  return pods / seconds;
}

function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function seeks(): number[] {
  return seekTimes(busyHour(cpuNow), cpuNow, 150);
}

/** What the kept moments of an hour take, beside the cluster itself and what it remembers of its messages. */
function historyHour(): { heap: number; counted: number } {
  const heapNow = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const history = busyHour(cpuNow);
  const counted = history.view().bytes / 2 ** 20;
  const full = heapNow();
  history.forgetPast();
  return { heap: (full - heapNow()) / 2 ** 20, counted };
}

/** Random runs of profile `ha`, faults, checks and healing included. */
function simHours(): number {
  const stop = cpuSeconds();
  let virtualMs = 0;
  for (let seed = 1; seed <= 25; seed++) virtualMs += runPlan(planOf(seed, 'ha', 5)).virtualMs;
  return virtualMs / 1000 / stop();
}

/** A chain of at least 100 causes, from a container that crashes again and again back to its apply. */
function why(): number {
  const cluster = createCluster({ seed: 1 });
  const command = ['sh', '-c', 'exit 1'];
  const spec = { containers: [{ name: 'c', image: 'busybox', command }] };
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'crash' }, spec });
  cluster.advance(HOUR_MS);
  const target = { kind: 'Pod', namespace: 'default', name: 'crash' };
  const links = cluster.why(target).length;
  const rounds = 100;
  const stop = cpuSeconds();
  for (let i = 0; i < rounds; i++) cluster.why(target);
  return ((stop() * 1000) / rounds / links) * 100;
}

/** What an act led to, among all causes that 1,000 pods have left. */
function effects(): number {
  const { cluster } = startPods(1_000, 10);
  const act = (cluster as SimulatedCluster).kernel.log.acts[0]?.id ?? 0;
  const stop = cpuSeconds();
  cluster.effects(act);
  return stop() * 1000;
}

function snapshot(cluster: Cluster): { bytes: number; ms: number } {
  const stop = cpuSeconds();
  const text = JSON.stringify(cluster.snapshot());
  return { ms: stop() * 1000, bytes: Buffer.byteLength(text) };
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

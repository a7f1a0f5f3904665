// Simulation testing: `npm run sim -- --seeds N --minutes M --profile ha|kind [--from S] [--jobs n]`.
// Each seed is a small cluster with a random workload and random faults. Everything that must hold is checked after every
// message, and at the end the cluster has to heal. A failure is made small and printed as a transcript. The last line is
// the result as JSON. See docs/simulation.md.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Plan, type Profile, planOf } from '../src/engine/testing/simulation/plan';
import { type Outcome, runPlan } from '../src/engine/testing/simulation/run';
import { shrink } from '../src/engine/testing/simulation/shrink';
import { transcriptOf } from '../src/engine/testing/simulation/transcript';

/** Every so many seeds a copy of the cluster, from a snapshot, lives the same to be compared. */
const COMPARE_EVERY = 16;
const TELL_EVERY_MS = 60_000;

interface Result {
  seeds: number;
  failures: number;
  clusterHours: number;
  coreHours: number;
  messages: number;
  faults: Record<string, number>;
  pairs: Record<string, number>;
  /** Longest virtual seconds from healing to what was asked for. */
  longestHealing: number;
}

const words = process.argv.slice(2);
const profile = option('profile', 'ha') as Profile;
const minutes = Number(option('minutes', '5'));
const from = Number(option('from', '1'));
const seeds = Number(option('seeds', '100'));
const jobs = Number(option('jobs', '1'));

if (!['ha', 'kind'].includes(profile) || ![minutes, from, seeds, jobs].every((number) => number > 0)) {
  console.error('usage: npm run sim -- --seeds N --minutes M --profile ha|kind [--from S] [--jobs n]');
  process.exit(2);
}
const result = jobs > 1 ? await inParallel() : simulate();
console.log(JSON.stringify(result));
if (result.failures > 0) process.exitCode = 1;

function simulate(): Result {
  const total = nothing();
  const started = process.cpuUsage();
  let told = Date.now();
  for (let seed = from; seed < from + seeds; seed++) {
    const plan = planOf(seed, profile, minutes);
    const outcome = play(plan);
    add(total, {
      ...nothing(),
      seeds: 1,
      failures: outcome.failure === undefined ? 0 : 1,
      clusterHours: outcome.virtualMs / 3_600_000,
      messages: outcome.messages,
      faults: outcome.kinds,
      pairs: outcome.pairs,
      longestHealing: Math.round((outcome.convergedMs ?? 0) / 1000),
    });
    if (outcome.failure !== undefined) report(plan, outcome);
    const { user, system } = process.cpuUsage(started);
    total.coreHours = (user + system) / 3.6e9;
    if (Date.now() - told > TELL_EVERY_MS) {
      told = Date.now();
      const speed = Math.round(total.clusterHours / total.coreHours);
      console.error(`up to seed ${seed}: ${total.failures} failures, ${speed} cluster-hours per core-hour`);
    }
  }
  return total;
}

function play(plan: Plan): Outcome {
  return runPlan(plan, { compare: plan.seed % COMPARE_EVERY === 0 });
}

function report(plan: Plan, { failure }: Outcome): void {
  console.log(`seed ${plan.seed}, at ${failure?.at} ms: ${failure?.message}`);
  const small = shrink(plan, failure?.rule ?? '', play);
  const again = play(small);
  console.log(`shortest found, at ${again.failure?.at} ms: ${again.failure?.message}\n`);
  console.log(transcriptOf(small, again.done, again.failure?.message ?? ''));
}

async function inParallel(): Promise<Result> {
  const total = nothing();
  const each = Math.ceil(seeds / jobs);
  const starts = Array.from({ length: jobs }, (_, i) => from + i * each);
  const results = starts.map((start) => runJob(start, Math.min(each, from + seeds - start)));
  for (const part of await Promise.all(results)) add(total, part);
  return total;
}

/** Runs this very program for some of the seeds; what it finds is passed on. */
function runJob(start: number, count: number): Promise<Result> {
  const self = fileURLToPath(import.meta.url);
  const args = ['--profile', profile, '--minutes', minutes, '--from', start, '--seeds', count].map(String);
  const child = spawn(process.execPath, [self, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const lines = text.trimEnd().split('\n');
      const last = lines.pop() ?? '';
      if (lines.length > 0) console.log(lines.join('\n'));
      if (last.startsWith('{')) resolve(JSON.parse(last) as Result);
      else reject(new Error(`the job from seed ${start} ended without a result`));
    });
  });
}

function nothing(): Result {
  const counts = { seeds: 0, failures: 0, clusterHours: 0, coreHours: 0, messages: 0, longestHealing: 0 };
  return { ...counts, faults: {}, pairs: {} };
}

function add(total: Result, part: Result): void {
  for (const name of ['seeds', 'failures', 'clusterHours', 'coreHours', 'messages'] as const) total[name] += part[name];
  for (const name of ['faults', 'pairs'] as const) {
    for (const [key, count] of Object.entries(part[name])) total[name][key] = (total[name][key] ?? 0) + count;
  }
  total.longestHealing = Math.max(total.longestHealing, part.longestHealing);
}

function option(name: string, fallback: string): string {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? fallback : (words[at + 1] ?? fallback);
}

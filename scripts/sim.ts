// Simulation testing: `npm run sim -- --seeds N --minutes M --profile ha|kind [--from S] [--jobs n] [--out file]`, and
// `npm run sim -- --sum file file ...` for what several runs came to together.
// Each seed is a small cluster with a random workload and random faults. Everything that must hold is checked after every
// message, and at the end the cluster has to heal. The seeds are played in processes of their own, some hundred each; a
// seed that fails is told at once, and when all are played the first ones that failed are made small and printed as
// transcripts. The last line is the result as JSON; `--out` has it once a minute too. See docs/simulation.md.
import { type ChildProcess, fork } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plan, type Profile, planOf } from '../src/engine/testing/simulation/plan';
import { type Outcome, runPlan } from '../src/engine/testing/simulation/run';
import { shrink } from '../src/engine/testing/simulation/shrink';
import { transcriptOf } from '../src/engine/testing/simulation/transcript';

/** Every so many seeds a copy of the cluster, from a snapshot, lives the same to be compared. */
const COMPARE_EVERY = 16;
/** Seeds that one process plays: its memory stays small, and what makes it end costs few. */
const SEEDS_AT_ONCE = 400;
/** A seed that takes longer has failed. */
const MAX_SEED_MS = 300_000;
const TELL_EVERY_MS = 60_000;
/** So many failures of different kinds are made small, each in about so long. */
const MAX_SHRUNK = 5;
const MAX_SHRINK_MS = 120_000;

interface Failed {
  readonly seed: number;
  readonly rule: string;
  readonly message: string;
}

interface Part {
  readonly start: number;
  readonly count: number;
}

interface Result {
  seeds: number;
  failures: Failed[];
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
const out = option('out', '');

if (!['ha', 'kind'].includes(profile) || ![minutes, from, seeds, jobs].every((number) => number > 0)) {
  console.error('usage: npm run sim -- --seeds N --minutes M --profile ha|kind [--from S] [--jobs n] [--out file]');
  process.exit(2);
}
if (words.includes('--sum')) {
  const total = nothing();
  for (const file of words.slice(words.indexOf('--sum') + 1)) add(total, JSON.parse(readFileSync(file, 'utf8')));
  tell(total);
} else if (process.send === undefined) await simulate();
else playPart();

/** Hands out the seeds to processes, adds up what they tell, and makes failures small in the end. */
async function simulate(): Promise<void> {
  const total = nothing();
  // All processes run the same, also when the engine is built anew meanwhile.
  const folder = mkdtempSync(join(tmpdir(), 'orrery-sim-'));
  const program = join(folder, 'sim.mjs');
  copyFileSync(fileURLToPath(import.meta.url), program);
  let next = from;
  const takePart = (): Part | undefined => {
    const count = Math.min(SEEDS_AT_ONCE, from + seeds - next);
    if (count <= 0) return undefined;
    next += count;
    return { start: next - count, count };
  };
  const teller = setInterval(() => {
    const speed = Math.round(total.clusterHours / total.coreHours);
    console.error(`${total.seeds} seeds, ${total.failures.length} failures, ${speed} cluster-hours per core-hour`);
    if (out !== '') writeFileSync(out, `${JSON.stringify(total)}\n`);
  }, TELL_EVERY_MS);
  const work = async (): Promise<void> => {
    for (let part = takePart(); part !== undefined; part = takePart()) await play(program, part, total);
  };
  await Promise.all(Array.from({ length: jobs }, work));
  clearInterval(teller);
  rmSync(folder, { recursive: true });
  reportSome(total.failures);
  tell(total);
}

/** Plays seeds in processes of their own until all are played: one that ends or hangs has failed at its seed. */
async function play(program: string, { start, count }: Part, total: Result): Promise<void> {
  for (let seed = start; seed < start + count; seed++) {
    const args = ['--profile', profile, '--minutes', minutes, '--from', seed, '--seeds', start + count - seed].map(
      String,
    );
    const execArgv = ['--max-semi-space-size=32'];
    const child = fork(program, args, { execArgv });
    const end = await new Promise<string>((resolve) => {
      let timer = setTimeout(giveUp, MAX_SEED_MS, child);
      child.on('message', (part: Result) => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, MAX_SEED_MS, child);
        seed++;
        add(total, part);
        for (const failed of part.failures) console.log(`seed ${failed.seed}: ${failed.message}`);
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve(code === 0 ? '' : `its process ended with ${code ?? signal}`);
      });
    });
    if (end === '') return;
    console.log(`seed ${seed}: ${end}`);
    add(total, { ...nothing(), seeds: 1, failures: [{ seed, rule: end, message: end }] });
  }
}

function giveUp(child: ChildProcess): void {
  child.kill('SIGKILL');
}

/** In a process of its own: plays its seeds, and tells of each. */
function playPart(): void {
  let spent = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const { failure, ...outcome } = runCompared(planOf(seed, profile, minutes));
    const { user, system } = process.cpuUsage();
    const coreHours = (user + system) / 3.6e9;
    process.send?.({
      seeds: 1,
      failures: failure === undefined ? [] : [{ seed, rule: failure.rule, message: failure.message }],
      clusterHours: outcome.virtualMs / 3_600_000,
      coreHours: coreHours - spent,
      messages: outcome.messages,
      faults: outcome.kinds,
      pairs: outcome.pairs,
      longestHealing: Math.round((outcome.convergedMs ?? 0) / 1000),
    } satisfies Result);
    spent = coreHours;
  }
}

function runCompared(plan: Plan): Outcome {
  return runPlan(plan, { compare: plan.seed % COMPARE_EVERY === 0 });
}

function reportSome(failures: readonly Failed[]): void {
  const rules = new Set<string>();
  for (const { seed, rule } of failures) {
    if (rules.size >= MAX_SHRUNK) return;
    if (!rules.has(rule)) report(planOf(seed, profile, minutes));
    rules.add(rule);
  }
}

function report(plan: Plan): void {
  const started = performance.now();
  const { failure } = runCompared(plan);
  if (failure === undefined) return;
  console.log(`\nseed ${plan.seed}, at ${failure.at} ms: ${failure.message}`);
  const trials = Math.ceil(MAX_SHRINK_MS / (performance.now() - started));
  const small = shrink(plan, failure.rule, runCompared, trials);
  const again = runCompared(small);
  console.log(`shortest found, at ${again.failure?.at} ms: ${again.failure?.message}\n`);
  console.log(transcriptOf(small, again.done, again.failure?.message ?? ''));
}

function tell(result: Result): void {
  const text = JSON.stringify(result);
  if (out !== '') writeFileSync(out, `${text}\n`);
  console.log(text);
  if (result.failures.length > 0) process.exitCode = 1;
}

function nothing(): Result {
  const counts = { seeds: 0, clusterHours: 0, coreHours: 0, messages: 0, longestHealing: 0 };
  return { ...counts, failures: [], faults: {}, pairs: {} };
}

function add(total: Result, part: Result): void {
  for (const name of ['seeds', 'clusterHours', 'coreHours', 'messages'] as const) total[name] += part[name];
  for (const name of ['faults', 'pairs'] as const) {
    for (const [key, count] of Object.entries(part[name])) total[name][key] = (total[name][key] ?? 0) + count;
  }
  total.failures.push(...part.failures);
  total.longestHealing = Math.max(total.longestHealing, part.longestHealing);
}

function option(name: string, fallback: string): string {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? fallback : (words[at + 1] ?? fallback);
}

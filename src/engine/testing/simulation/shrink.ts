import type { Act } from './acts.ts';
import type { Plan } from './plan.ts';
import { type Outcome, runPlan } from './run.ts';

/** So many runs at most go into making one failure small. */
const MAX_TRIALS = 150;

type Runs = (plan: Plan) => Outcome;

/** The smallest plan found that breaks the same rule: without its end, without acts, faults and time that it can spare. */
export function shrink(plan: Plan, rule: string, runs: Runs = runPlan, most = MAX_TRIALS): Plan {
  const maxTrials = Math.min(most, MAX_TRIALS);
  let trials = 0;
  let acts = plan.acts;
  const attempt = (shorter: readonly Act[]): boolean => {
    if (trials >= maxTrials) return false;
    trials++;
    if (runs({ ...plan, acts: shorter }).failure?.rule !== rule) return false;
    acts = shorter;
    return true;
  };
  for (let last = -1; last !== acts.length && trials < maxTrials; ) {
    last = acts.length;
    for (let size = Math.ceil(acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let end = acts.length; end > 0; end -= size) {
        attempt([...acts.slice(0, Math.max(0, end - size)), ...acts.slice(end)]);
      }
    }
  }
  attempt(merged(acts));
  for (let i = 0; i < acts.length; i++) {
    for (const simpler of simplerThan(acts[i] as Act)) {
      if (attempt([...acts.slice(0, i), simpler, ...acts.slice(i + 1)])) break;
    }
  }
  return { ...plan, acts };
}

/** With neighbouring waits as one. */
function merged(acts: readonly Act[]): Act[] {
  const out: Act[] = [];
  for (const act of acts) {
    const last = out.at(-1);
    if (act.do === 'wait' && last?.do === 'wait') out[out.length - 1] = { do: 'wait', ms: last.ms + act.ms };
    else out.push(act);
  }
  return out;
}

function simplerThan(act: Act): Act[] {
  if (act.do === 'wait') return [60_000, 10_000, 1_000, 100].filter((ms) => ms < act.ms).map((ms) => ({ ...act, ms }));
  if (act.do !== 'fault' || act.fault.forMs === undefined) return [];
  const { forMs: _, ...lasting } = act.fault;
  return [{ do: 'fault', fault: lasting }];
}

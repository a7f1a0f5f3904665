import type { Node, Pod } from '../../api/generated/types.ts';
import { fail } from './violation.ts';

/** Room for clocks that disagree by what a fault allows is given by the caller; this is for the way of a message. */
const SLACK_MS = 1_000;

/** Taint-based eviction: no pod is deleted before the time that it tolerates has passed. */
export class Evictions {
  /** When each NoExecute taint of a node was put on it, as long as it is there, and shortly after. */
  private readonly taints = new Map<string, Map<string, { since: number; until: number }>>();

  nodeWritten(node: Node, now: number): void {
    const { name } = node.metadata;
    const wanted = new Set(
      (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute').map(({ key }) => key),
    );
    let known = this.taints.get(name);
    if (known === undefined) {
      if (wanted.size === 0) return;
      known = new Map();
      this.taints.set(name, known);
    }
    for (const [key, taint] of known) {
      if (!wanted.has(key) && taint.until === Number.POSITIVE_INFINITY) taint.until = now;
    }
    for (const key of wanted) {
      const taint = known.get(key);
      if (taint === undefined || taint.until < now) known.set(key, { since: now, until: Number.POSITIVE_INFINITY });
    }
  }

  nodeRemoved(node: Node, now: number): void {
    this.nodeWritten({ ...node, spec: {} } as Node, now);
  }

  podWritten(pod: Pod, prev: Pod | undefined, now: number): void {
    if (!isEvicted(pod) || (prev !== undefined && isEvicted(prev))) return;
    const taints = this.taints.get(pod.spec.nodeName ?? '') ?? new Map<string, { since: number; until: number }>();
    let tolerated = Number.POSITIVE_INFINITY;
    for (const [key, { since, until }] of taints) {
      if (until < now - SLACK_MS * 30) continue;
      const matching = (pod.spec.tolerations ?? []).filter(
        (one) => (one.key === undefined || one.key === key) && (!one.effect || one.effect === 'NoExecute'),
      );
      const seconds = matching.map(({ tolerationSeconds }) => tolerationSeconds ?? Number.POSITIVE_INFINITY);
      const time = matching.length === 0 ? 0 : Math.min(...seconds) * 1000;
      tolerated = Math.min(tolerated, since + time);
    }
    const what = `${pod.metadata.namespace}/${pod.metadata.name} at ${now}, to be left until ${tolerated}`;
    if (now < tolerated - SLACK_MS) fail('a pod is evicted only when its time has passed', what);
  }
}

function isEvicted(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(
    ({ type, status, reason }) =>
      type === 'DisruptionTarget' && status === 'True' && reason === 'DeletionByTaintManager',
  );
}

import { FAULT_KINDS, type SimulatedCluster } from '../engine/index.ts';
import type { Query, QueryAnswers, Run } from './protocol.ts';

/** What the cluster has to say; `run` is asked for only when the question is about it. */
export function answerOf(query: Query, cluster: SimulatedCluster, run: () => Run): QueryAnswers[keyof QueryAnswers] {
  switch (query.ask) {
    case 'why':
      return cluster.why(query.target);
    case 'effects':
      return cluster.effects(query.target);
    case 'trace':
      return cluster.trace(query.target) ?? null;
    case 'message':
      return cluster.message(query.id) ?? null;
    case 'schedulingDecision':
      return cluster.schedulingDecision(query.namespace, query.pod) ?? null;
    case 'iptables':
      return cluster.iptablesSave(query.node);
    case 'events':
      return cluster.eventsOf(query.ref);
    case 'logs':
      return cluster.logs(query.namespace, query.pod, query.container);
    case 'faultKinds':
      return FAULT_KINDS;
    case 'run':
      return run();
    case 'digest':
      return cluster.digest();
  }
}

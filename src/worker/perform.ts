import { FaultError, GroupError, type SimulatedCluster, type Status } from '../engine/index.ts';
import { lineOf } from './line-of.ts';
import type { FromWorker, Input } from './protocol.ts';

/** What the page is told of an input when it is done. */
export type Outcome = Omit<Extract<FromWorker, { type: 'inputDone' }>, 'type' | 'id'>;

/** Asks a cluster in which the act is under way for its outcome, once; undefined as long as there is none. */
export type Take = (cluster: SimulatedCluster) => Outcome | undefined;

const refused = (message: string): Outcome => ({ error: { message } });

/** Starts an act. It was refused, and nothing has happened, when what comes back is the outcome itself. */
export function perform(cluster: SimulatedCluster, input: Input): Outcome | Take {
  switch (input.act) {
    case 'apply': {
      const read = cluster.parse(input.text);
      if ('error' in read) return { error: read.error };
      const command = cluster.submitApply(read.objects, input.namespace ?? 'default');
      return (asked) => {
        const results = asked.applied(command);
        const lines = results?.map((result, i) => lineOf(result, read.sources[i]));
        // A refusal need not name what it is about; the text does.
        return results && { results: results.map((result, i) => ({ object: read.objects[i], ...result })), lines };
      };
    }
    case 'delete': {
      const path = cluster.pathOf(input.ref);
      if (path === undefined) return refused(`there is no kind named ${input.ref.kind}`);
      const grace = input.gracePeriodSeconds;
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Background',
        ...(grace !== undefined && { gracePeriodSeconds: grace }),
      };
      const what = `kubectl delete ${input.ref.kind.toLowerCase()}/${input.ref.name}`;
      return answerOf(cluster.submitRequest({ method: 'DELETE', path, body }, what));
    }
    case 'scale': {
      const path = cluster.pathOf(input.ref);
      if (path === undefined) return refused(`there is no kind named ${input.ref.kind}`);
      const what = `kubectl scale ${input.ref.kind.toLowerCase()}/${input.ref.name} --replicas=${input.replicas}`;
      return patch(cluster, `${path}/scale`, { spec: { replicas: input.replicas } }, what);
    }
    case 'cordon': {
      const path = cluster.pathOf({ kind: 'Node', name: input.node }) as string;
      const what = `kubectl ${input.unschedulable ? 'cordon' : 'uncordon'} ${input.node}`;
      return patch(cluster, path, { spec: { unschedulable: input.unschedulable || null } }, what);
    }
    case 'etcd':
      try {
        const id = cluster.submitGroupChange(input.command);
        return (asked) => {
          const error = asked.groupChanged(id);
          return error === undefined ? undefined : error === '' ? {} : refused(error);
        };
      } catch (error) {
        if (error instanceof GroupError) return refused(error.message);
        throw error;
      }
    case 'inject':
      return tryFault(() => ({ fault: cluster.startFault(input.fault) }));
    case 'heal':
      return tryFault(() => {
        cluster.heal(input.id);
        return {};
      });
  }
}

function tryFault(start: () => Outcome): Outcome | Take {
  try {
    const done = start();
    return () => done;
  } catch (error) {
    if (error instanceof FaultError) return refused(error.message);
    throw error;
  }
}

function patch(cluster: SimulatedCluster, path: string, body: object, what: string): Take {
  const contentType = 'application/merge-patch+json';
  return answerOf(cluster.submitRequest({ method: 'PATCH', path, contentType, body }, what));
}

function answerOf(command: number): Take {
  return (cluster) => {
    const answer = cluster.answered(command);
    if (answer === undefined) return undefined;
    if (answer.status >= 200 && answer.status < 300) return {};
    const status = answer.body as Status;
    return refused(status?.message ?? `the API server answered ${answer.status}`);
  };
}

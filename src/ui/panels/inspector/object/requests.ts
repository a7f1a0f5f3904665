import type { Container, Pod } from '../../../../engine/api/generated/types.ts';
import { quantity } from '../../../shared/quantity.ts';

export interface Requests {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/**
 * What a pod counts for at the scheduler: its containers and sidecars together, or more if an init container needs more
 * at its turn, and the overhead.
 * Source: staging/src/k8s.io/component-helpers/resource/helpers.go, PodRequests
 */
export function requestsOf({ spec }: Pod): Requests {
  const of = (resource: 'cpu' | 'memory'): number => {
    const request = (container: Container): number => quantity(container.resources?.requests?.[resource]);
    let sum = (spec?.containers ?? []).reduce((total, container) => total + request(container), 0);
    let sidecars = 0;
    let start = 0;
    for (const container of spec?.initContainers ?? []) {
      if (container.restartPolicy === 'Always') {
        sidecars += request(container);
        start = Math.max(start, sidecars);
      } else start = Math.max(start, sidecars + request(container));
    }
    sum = Math.max(sum + sidecars, start);
    return sum + quantity(spec?.overhead?.[resource]);
  };
  return { cpuMillis: Math.round(of('cpu') * 1000), memoryBytes: of('memory') };
}

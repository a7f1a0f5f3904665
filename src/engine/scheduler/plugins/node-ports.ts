import type { FilterStatus, Plugin } from '../framework.ts';
import type { HostPort } from '../pod-shape.ts';

const REFUSED: FilterStatus = {
  plugin: 'NodePorts',
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  isResolvable: true,
};

/**
 * Refuses nodes where a host port that the pod wants is taken.
 * Source: pkg/scheduler/framework/plugins/nodeports/node_ports.go
 */
export const nodePorts = (): Plugin => ({
  name: 'NodePorts',
  preFilter: ({ shape }) => (shape.hostPorts.length === 0 ? 'skip' : undefined),
  filter({ shape, cache }, slot) {
    const used = cache.hostPorts[slot];
    if (used === undefined || used.size === 0) return undefined;
    for (const { protocol, port, ip } of shape.hostPorts) {
      if (used.get(`${protocol}/${port}`)?.some((other) => overlaps(ip, other))) return REFUSED;
    }
    return undefined;
  },
  hint(event, _pod, shape, cache) {
    if (event.type === 'nodeAdded') return true;
    if (event.type !== 'podDeleted' || !event.pod.spec.nodeName) return false;
    const freed = cache.shapes.of(event.pod).hostPorts;
    return shape.hostPorts.some((wanted) => freed.some((port) => conflicts(wanted, port)));
  },
});

function conflicts(a: HostPort, b: HostPort): boolean {
  return a.protocol === b.protocol && a.port === b.port && overlaps(a.ip, b.ip);
}

function overlaps(a: string, b: string): boolean {
  return a === b || a === '0.0.0.0' || b === '0.0.0.0';
}

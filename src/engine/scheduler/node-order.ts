import type { Node } from '../api/generated/types.ts';

/** Nodes by zone, zones in first-seen order, nodes in the order added: plain data, kept in snapshots. */
export type ZoneLists = { zone: string; nodes: string[] }[];

/**
 * The order in which the scheduler walks the nodes: one of each zone in turn.
 * Source: pkg/scheduler/backend/cache/node_tree.go
 */
export class NodeOrder {
  private readonly zones = new Map<string, Set<string>>();
  private readonly zoneOfNode = new Map<string, string>();
  private names: string[] | undefined;

  add(name: string, zone: string): void {
    const old = this.zoneOfNode.get(name);
    if (old === zone) return;
    if (old !== undefined) this.remove(name);
    this.zoneOfNode.set(name, zone);
    const nodes = this.zones.get(zone);
    if (nodes) nodes.add(name);
    else this.zones.set(zone, new Set([name]));
    this.names = undefined;
  }

  remove(name: string): void {
    const zone = this.zoneOfNode.get(name);
    if (zone === undefined) return;
    this.zoneOfNode.delete(name);
    const nodes = this.zones.get(zone)!;
    nodes.delete(name);
    if (nodes.size === 0) this.zones.delete(zone);
    this.names = undefined;
  }

  /** Made anew only after a node came or went. */
  list(): readonly string[] {
    this.names ??= this.interleave();
    return this.names;
  }

  lists(): ZoneLists {
    return [...this.zones].map(([zone, nodes]) => ({ zone, nodes: [...nodes] }));
  }

  private interleave(): string[] {
    const names: string[] = [];
    let left = [...this.zones.values()].map((nodes) => nodes.values());
    while (left.length > 0) {
      left = left.filter((nodes) => {
        const next = nodes.next();
        if (!next.done) names.push(next.value);
        return !next.done;
      });
    }
    return names;
  }
}

/** Region and zone labels together; '' for a node that has neither. */
export function zoneKeyOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}/${zone}`;
}

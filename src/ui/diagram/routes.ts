import { centre, type Path, type Point, pathOf } from './geometry.ts';
import type { Layout } from './layout.ts';
import { partOf, partsOf } from './parts.ts';

/** Finds the line that a message travels; remembers what it found for one layout. */
export class Routes {
  readonly #edges = new Map<string, readonly Point[]>();
  readonly #centres = new Map<string, Point>();
  readonly #found = new Map<string, Path | undefined>();
  /** What everything else is connected with. */
  readonly #hubs: readonly string[];

  constructor(layout: Layout) {
    const { members, apiservers, loadBalancer } = layout;
    this.#hubs = [...apiservers, ...(loadBalancer === undefined ? [] : [loadBalancer])].map(({ id }) => id);
    for (const { id, rect } of members) this.#centres.set(id, centre(rect));
    for (const { from, to, points } of layout.edges) {
      this.#edges.set(`${from} ${to}`, points);
      this.#edges.set(`${to} ${from}`, points.toReversed());
    }
    for (const { id, rect } of partsOf(layout)) this.#centres.set(id, centre(rect));
    for (const { name, agents, filter } of layout.machines) {
      for (const [agent, rect] of Object.entries(agents)) this.#centres.set(`${agent}@${name}`, centre(rect));
      this.#centres.set(`filter@${name}`, centre(filter));
    }
  }

  /** The path from one address to another; undefined when one of them is not drawn. */
  between(from: string, to: string): Path | undefined {
    const id = `${from} ${to}`;
    if (this.#found.has(id)) return this.#found.get(id);
    const path = this.#find(partOf(from), partOf(to));
    this.#found.set(id, path);
    return path;
  }

  #find(from: string, to: string): Path | undefined {
    if (from === to) return undefined;
    const points = this.#edges.get(`${from} ${to}`);
    if (points !== undefined) return pathOf(points);
    // No edge is drawn between them: over what both are connected with, else straight.
    for (const hub of this.#hubs) {
      const up = this.#edges.get(`${from} ${hub}`);
      const down = this.#edges.get(`${hub} ${to}`);
      if (up !== undefined && down !== undefined) return pathOf([...up, ...down]);
    }
    const start = this.#centres.get(from);
    const end = this.#centres.get(to);
    return start === undefined || end === undefined ? undefined : pathOf([start, end]);
  }
}

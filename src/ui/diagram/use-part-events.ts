import { useReactFlow } from '@xyflow/react';
import { type FocusEvent, type KeyboardEvent, type MouseEvent, useMemo } from 'react';
import type { Pod } from '../../engine/api/generated/types.ts';
import { drawing, press, type Side } from '../faults/drawing.ts';
import { TEXT as FAULTS } from '../faults/messages.ts';
import { linkOf, sideOfPart, spokenSide } from '../faults/sides.ts';
import { componentOf } from '../store/keys.ts';
import { mirror } from '../store/mirror.ts';
import { type LineTo, type Link, type Selection, select, view } from '../store/view.ts';
import { focus } from './focus.ts';
import { centre, distanceTo, type Point, type Rect } from './geometry.ts';
import type { Layout, Part } from './layout.ts';
import { seatsOf } from './node-slots.ts';
import { shownOf } from './nodes/use-process.ts';
import { isBetweenMembers, partsOf, selectionOf } from './parts.ts';
import { slotRect } from './slots.ts';
import { type Direction, neighbour } from './walk.ts';

const ARROWS = new Set(['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']);

interface PartEvents {
  onClick(event: MouseEvent): void;
  onContextMenu(event: MouseEvent): void;
  onKeyDown(event: KeyboardEvent): void;
  onFocus(event: FocusEvent): void;
}

/** One listener each for clicks, keys and context menus of all parts. */
export function usePartEvents(layout: Layout): PartEvents {
  const flow = useReactFlow();
  return useMemo(() => {
    const fixed = partsOf(layout);
    const allParts = (): readonly Part[] => [...fixed, ...podParts(layout)];

    const show = (rect: Rect): void => {
      const { x, y } = flow.flowToScreenPosition(centre(rect));
      const stage = document.querySelector('[data-lod]')?.getBoundingClientRect();
      if (stage === undefined) return;
      const isVisible = x > stage.left + 20 && x < stage.right - 20 && y > stage.top + 20 && y < stage.bottom - 20;
      if (!isVisible) void flow.setCenter(centre(rect).x, centre(rect).y, { zoom: flow.getZoom(), duration: 0 });
    };

    return {
      onClick: (event) => {
        const part = partAt(event.target);
        if (part === undefined) return;
        if (putOnSide(part)) return;
        const selection = selectionFor(part);
        if (selection !== undefined) select(selection);
      },
      onContextMenu: (event) => {
        const part = partAt(event.target);
        const target = part === undefined ? undefined : selectionFor(part);
        const place = { x: event.clientX, y: event.clientY };
        const link =
          target === undefined ? linkAt(layout, flow.screenToFlowPosition(place), flow.getZoom()) : undefined;
        if (target === undefined && link === undefined) return;
        event.preventDefault();
        const lines = part === undefined ? [] : linesTo(layout, part);
        view.setState({ contextMenu: { target: target ?? null, ...(link && { link }), lines, ...place } });
      },
      onKeyDown: (event) => {
        if (drawByKey(event) || (event.key === 'b' && openFaultMenu(event, layout))) return;
        if (!ARROWS.has(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
        const parts = allParts();
        const next = neighbour(parts, focus.getState().part, event.key as Direction);
        event.preventDefault();
        if (next === undefined) return;
        focus.setState({ part: next });
        const part = parts.find(({ id }) => id === next);
        if (part !== undefined) show(part.rect);
        document.querySelector<HTMLElement>(`[data-part="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
      },
      onFocus: (event) => {
        const part = partAt(event.target);
        if (part !== undefined && part !== focus.getState().part) focus.setState({ part });
      },
    };
  }, [layout, flow]);
}

/** While a cut is drawn, what is pressed goes to one of its sides; false when none is drawn. */
function putOnSide(part: string, side: Side = drawing.getState().side): boolean {
  const { form } = drawing.getState();
  if (form === undefined) return false;
  const node = part.startsWith('Pod/') ? mirror.object<Pod>(part)?.spec?.nodeName : undefined;
  const names = sideOfPart(node === undefined ? part : `node/${node}`, mirror.addresses());
  if (names.length === 0) {
    drawing.setState({ said: FAULTS.noWires });
    return true;
  }
  const pressed = press(form, names, side);
  const name = spokenSide(names).join(', ');
  const said = pressed[side].length > form[side].length ? FAULTS.wasPut(name, side) : FAULTS.wasTakenOff(name);
  drawing.setState({ form: pressed, side, said });
  return true;
}

/** A and B put the part that has the focus on that side. */
function drawByKey(event: KeyboardEvent): boolean {
  const side = event.key.toLowerCase();
  if ((side !== 'a' && side !== 'b') || event.altKey || event.ctrlKey || event.metaKey) return false;
  const part = event.target instanceof HTMLElement ? event.target.dataset.part : undefined;
  if (part === undefined || !putOnSide(part, side)) return false;
  event.preventDefault();
  return true;
}

/** What can be broken about the part that has the focus, in a menu beside it; false when there is none. */
function openFaultMenu(event: KeyboardEvent, layout: Layout): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof HTMLElement)) return false;
  const { part } = event.target.dataset;
  const target = part === undefined ? undefined : selectionFor(part);
  if (target === undefined) return false;
  event.preventDefault();
  const { left, bottom } = event.target.getBoundingClientRect();
  const lines = linesTo(layout, part ?? '');
  view.setState({ contextMenu: { target, lines, onlyFaults: true, x: left, y: bottom } });
  return true;
}

/** With more lines than these a part is a hub: each of them is in the menu of its other end. */
const MOST_LINES = 8;

/** Lines that end at a part; so they can be broken by keyboard too. */
function linesTo({ edges }: Layout, part: string): readonly LineTo[] {
  const lines: LineTo[] = [];
  for (const edge of edges) {
    if ((edge.from !== part && edge.to !== part) || (edge.isHidden === true && !isBetweenMembers(edge))) continue;
    const link = linkOf(edge, mirror.addresses());
    if (link === undefined) continue;
    lines.push({ name: spokenSide(edge.from === part ? link.to : link.from).join(', '), link });
    if (lines.length > MOST_LINES) return [];
  }
  return lines;
}

/** So near must the pointer be to a line, in pixels. */
const REACH_PX = 7;

/** The connection under the pointer. */
function linkAt(layout: Layout, at: Point, zoom: number): Link | undefined {
  let nearest = REACH_PX / zoom;
  let found: Link | undefined;
  for (const edge of layout.edges) {
    const distance = edge.isHidden === true ? nearest : distanceTo(edge.points, at);
    if (distance >= nearest) continue;
    const link = linkOf(edge, mirror.addresses());
    if (link === undefined) continue;
    nearest = distance;
    found = link;
  }
  return found;
}

/** The part under the pointer; the empty room on a node's card belongs to the node. */
function partAt(target: EventTarget): string | undefined {
  if (!(target instanceof Element)) return undefined;
  const part = target.closest<HTMLElement>('[data-part]')?.dataset.part;
  return part ?? target.closest<HTMLElement>('.react-flow__node')?.dataset.id;
}

function selectionFor(part: string): Selection | undefined {
  const name = part.startsWith('node/') ? part.slice('node/'.length) : undefined;
  // A machine that only etcd runs on is no Node of the cluster.
  const role: string | undefined = name === undefined ? undefined : mirror.machine(name)?.role;
  if (name !== undefined && role === 'etcd') return { type: 'machine', name };
  return selectionOf(part, addressOf);
}

/** The process that a shared card shows, running or not. */
function addressOf(component: string): string | undefined {
  const addresses = mirror.addresses().filter((address) => componentOf(address) === component);
  return shownOf(addresses)?.address ?? addresses[0];
}

/** Pods that are drawn as things of their own, where they are now. */
function podParts(layout: Layout): Part[] {
  return layout.machines.flatMap((box) => {
    const { workloads, system } = seatsOf(box);
    return [workloads, system].flatMap((group) => {
      if (group === undefined || (group.grid.mode !== 'chips' && group.grid.mode !== 'icons')) return [];
      return group.slots.flatMap((key, slot) =>
        key === undefined ? [] : [{ id: key, rect: slotRect(group.area, group.grid, slot) }],
      );
    });
  });
}

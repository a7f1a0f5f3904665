import type { ActiveFault, Fault } from '../../engine/door.ts';
import { componentName } from '../shared/hues.ts';
import { componentOf, hostOf } from '../store/keys.ts';
import type { Link } from '../store/view.ts';
import { TEXT } from './messages.ts';

/** Faults of the wires between two sides. */
export const LINK_FAULTS: readonly string[] = ['partition', 'link-latency', 'message-drop'];

/** Lines of the diagram that stay within a machine's own memory, or stand for rules instead of a connection. */
const NO_WIRES = new Set(['cri', 'filter', 'service']);
/** The user's own computer, where kubectl runs. */
const LAPTOP = 'laptop';

/** Machines and processes by the names that sentences give them. */
export const spokenSide = (names: readonly string[]): readonly string[] =>
  names.map((name) => {
    if (name === LAPTOP) return TEXT.laptop;
    return name.includes('@') ? `${componentName(componentOf(name))} on ${hostOf(name)}` : name;
  });

/** Machines and addresses that a part of the diagram stands for; none for what sends no messages. */
export function sideOfPart(part: string, addresses: readonly string[]): readonly string[] {
  if (part === 'kubectl') return [LAPTOP];
  if (part.startsWith('node/')) return [part.slice(5)];
  if (!part.includes('@')) return addresses.filter((address) => componentOf(address) === part);
  return componentOf(part) === 'filter' ? [] : [wiresOf(part)];
}

/** Whose wires are meant by a process that has none of its own. */
export function wiresOf(address: string): string {
  switch (componentOf(address)) {
    case 'cni':
      return `kindnet@${hostOf(address)}`;
    case 'machine':
    case 'kubectl':
      return hostOf(address);
    default:
      return address;
  }
}

/** The two ends of a line of the diagram; undefined for one over which nothing travels from process to process. */
export function linkOf(
  edge: { readonly from: string; readonly to: string; readonly kind: string },
  addresses: readonly string[],
): Link | undefined {
  if (NO_WIRES.has(edge.kind)) return undefined;
  const from = sideOfPart(edge.from, addresses);
  const to = sideOfPart(edge.to, addresses);
  return from.length > 0 && to.length > 0 ? { from: onHostOf(to, from), to: onHostOf(from, to) } : undefined;
}

/** Of processes that share a card, the one on the machine at the other end: control-plane parts speak to their own. */
function onHostOf(other: readonly string[], side: readonly string[]): readonly string[] {
  const [only, ...more] = other;
  const own = more.length > 0 ? [] : side.filter((address) => hostOf(address) === hostOf(only ?? ''));
  return own.length > 0 ? own : side;
}

/** Whether a fault of the wires is between these two ends, in either direction. */
export function isBetween({ fault }: ActiveFault, { from, to }: Link): boolean {
  if (!LINK_FAULTS.includes(fault.kind)) return false;
  return goesAcross(fault, from, to) || goesAcross(fault, to, from);
}

/** Whether what one process sends to another ends at a cut. */
export function isCut({ fault }: ActiveFault, from: string, to: string): boolean {
  if (fault.kind !== 'partition') return false;
  return goesAcross(fault, [from], [to]) || (fault.oneWay !== true && goesAcross(fault, [to], [from]));
}

function goesAcross(fault: Fault, from: readonly string[], to: readonly string[]): boolean {
  const [a, b] = sidesOf(fault);
  const isOn = (side: readonly string[] | undefined, other: readonly string[] | undefined, name: string): boolean =>
    side === undefined ? !isNamed(other ?? [], name) : isNamed(side, name);
  return from.some((name) => isOn(a, b, name)) && to.some((name) => isOn(b, a, name));
}

/** Both sides by name; the second is undefined when it is everything else. */
function sidesOf({ target, to }: Fault): [a: readonly string[], b: readonly string[] | undefined] {
  return [[target ?? []].flat(), to === undefined ? undefined : [to].flat()];
}

const isNamed = (names: readonly string[], name: string): boolean =>
  names.some((one) => one === name || one === hostOf(name) || hostOf(one) === name);

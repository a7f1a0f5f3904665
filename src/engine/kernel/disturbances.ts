import type { Kernel } from './kernel.ts';
import { CONNECTION_LOST_AFTER_MS } from './limits.ts';
import { hash32, mix } from './random.ts';
import {
  type Address,
  type Body,
  type ConnectionLostBody,
  componentOf,
  hostOf,
  isRequest,
  type Message,
} from './types.ts';

/** Hosts and addresses; `*` is everything that is not in the other side. */
export type Side = readonly string[];

/** What is wrong with the wires, the clocks or a process, until it is ended. */
export type Disturbance =
  | { readonly kind: 'cut'; readonly a: Side; readonly b: Side; readonly oneWay?: boolean }
  | { readonly kind: 'latency'; readonly a: Side; readonly b: Side; readonly ms: number; readonly jitterMs: number }
  | { readonly kind: 'drop'; readonly a: Side; readonly b: Side; readonly rate: number }
  | { readonly kind: 'skew'; readonly host: string; readonly ms: number }
  | { readonly kind: 'slow'; readonly address: Address; readonly ms: number }
  /** What a process (or all of a component) is told, now and whenever it starts anew. */
  | { readonly kind: 'order'; readonly to: Address; readonly body: Body };

/** TCP's first retransmission time-out (Linux: `TCP_RTO_MIN`); it doubles with each repeat. */
const RETRANSMIT_MS = 200;
/** So often in a row a segment is lost at most: it waits 25.4 s then. */
const MAX_LOSSES = 7;

/** What the kernel itself tells of connections and processes travels on no wire. */
const KERNEL_NEWS: ReadonlySet<string> = new Set(['connectionLost', 'connectionRefused', 'processExited']);

/** All that disturbs one direction between two addresses. */
interface Wire {
  readonly cut: boolean;
  /** Cut in this direction or the other: no connection lives on it. */
  readonly dead: boolean;
  readonly ms: number;
  readonly jitterMs: number;
  readonly rate: number;
}

/** A message that waits for its connection. */
interface Held {
  readonly message: Message;
  readonly since: number;
}

/** Two addresses between which nothing passes. */
interface Broken {
  readonly since: number;
  /** The connection is given up, or there was none: what is sent now has to dial first. */
  lost: boolean;
  held: Held[];
}

/** What of all this goes into a snapshot. */
export interface DisturbancesDump {
  readonly active: readonly (readonly [string, Disturbance])[];
  readonly broken: readonly (readonly [string, Broken])[];
}

const NOTHING: Wire = { cut: false, dead: false, ms: 0, jitterMs: 0, rate: 0 };

/**
 * The wires as faults leave them. Components speak over TCP: what is sent over a cut wire waits and arrives late when the
 * cut heals (at the next retransmission); after 45 s both ends give the connection up, and each request dials anew.
 * Loss delays by retransmission. Only datagrams (`ComponentDefinition.datagrams`) are ever lost silently.
 */
export class Disturbances {
  readonly active = new Map<string, Disturbance>();
  readonly broken = new Map<string, Broken>();
  private readonly kernel: Kernel;
  /** By sender and receiver; made anew when a disturbance begins or ends. */
  private readonly wires = new Map<Address, Map<Address, Wire>>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  begin(id: string, disturbance: Disturbance): void {
    this.active.set(id, disturbance);
    this.wires.clear();
    if (disturbance.kind === 'order') this.kernel.order(disturbance.to, disturbance.body);
    if (disturbance.kind !== 'cut') return;
    for (const [from, links] of this.kernel.wires.links) {
      for (const to of links.keys()) {
        if (this.wire(from, to).dead && !this.broken.has(pairOf(from, to)) && this.isConnected(from, to))
          this.break(from, to);
      }
    }
  }

  end(id: string): void {
    this.active.delete(id);
    this.wires.clear();
    for (const [pair, broken] of this.broken) {
      const [a, b] = pair.split(' ') as [Address, Address];
      const isDead = this.wire(a, b).dead;
      const freed = broken.held.filter(({ message: { from, to } }) => !this.wire(from, to).cut);
      if (isDead) broken.held = broken.held.filter((held) => !freed.includes(held));
      else this.broken.delete(pair);
      this.release(freed);
    }
  }

  /** Faults reach the wires of a new machine too, also those to it that were looked at before it was there. */
  machineAdded(): void {
    this.wires.clear();
  }

  processStarted(address: Address): void {
    for (const one of this.active.values())
      if (one.kind === 'order' && (one.to === address || one.to === componentOf(address)))
        this.kernel.submit(address, one.body);
  }

  /** A process is gone, and its connections with it; `told` are those who hear of it anyway. */
  processEnded(address: Address, told: readonly Address[]): void {
    for (const [pair, broken] of this.broken) {
      if (!pair.split(' ').includes(address)) continue;
      broken.lost = true;
      const { held } = broken;
      broken.held = held.filter(({ message: { to, body } }) => body.type === 'connectionLost' && to !== address);
      // Whoever said something over the connection, or was to be answered, hears that it is gone when the wire carries
      // anything again.
      const waiting = held[0]?.message;
      if (waiting === undefined) continue;
      const other = waiting.from === address ? waiting.to : waiting.from;
      // What was still on its way behind that goes with it.
      this.takeBack(({ from, to }) => from === address && to === other);
      if (told.includes(other)) continue;
      const body: ConnectionLostBody = { type: 'connectionLost', peer: address };
      this.kernel.post(address, other, body, this.kernel.now, this.kernel.current, true);
    }
  }

  /** How much later than usual something that leaves now arrives; `draw` names it, for the dice. */
  delay(from: Address, to: Address, type: string, draw: number): number {
    if (this.active.size === 0) return 0;
    const { ms, jitterMs, rate } = this.wire(from, to);
    const delay = ms + (jitterMs > 0 ? jitterMs * mix(draw ^ 0x2545f491) : 0);
    if (rate === 0 || this.isDatagram(to, type)) return delay;
    let losses = 0;
    while (losses < MAX_LOSSES && mix(Math.imul(draw, 16) + losses) < rate) losses++;
    return delay + RETRANSMIT_MS * (2 ** losses - 1);
  }

  /** How much longer a process takes to answer. */
  slowness(address: Address): number {
    let ms = 0;
    for (const one of this.active.values()) if (one.kind === 'slow' && one.address === address) ms += one.ms;
    return ms;
  }

  /** How far the clock on the wall of a host is off. */
  skew(host: string): number {
    let ms = 0;
    for (const one of this.active.values()) if (one.kind === 'skew' && one.host === host) ms += one.ms;
    return ms;
  }

  /** Whether a message that is due does not arrive: it is lost, waits, or is news of something that is no longer so. */
  stops(message: Message): boolean {
    const { from, to, body } = message;
    if (body.type === 'connectionLost' && 'since' in body) return !this.givenUp(message);
    // A parent hears of its child's end from its own machine, not over a wire; so does a dialler that nobody answers.
    if (body.type === 'processExited' || body.type === 'connectionRefused') return false;
    const wire = this.active.size === 0 ? NOTHING : this.wire(from, to);
    if (wire === NOTHING) return false;
    if (this.isDatagram(to, body.type)) return wire.cut || (wire.rate > 0 && mix(hash32(from, message.id)) < wire.rate);
    if (!wire.dead || isLate(message)) return false;
    const broken = this.broken.get(pairOf(from, to));
    // Without a connection from before, one open direction does not help: no new one can be made.
    if (!wire.cut && broken?.lost === false) return false;
    this.hold(message, broken);
    return true;
  }

  private hold(message: Message, known: Broken | undefined): void {
    const { now } = this.kernel;
    const { from, to, body } = message;
    const broken = known ?? { since: now, lost: true, held: [] };
    if (known === undefined) this.broken.set(pairOf(from, to), broken);
    if (!broken.lost || body.type === 'connectionLost') broken.held.push({ message, since: now });
    else if (isRequest(body)) this.kernel.connections.redial(message);
    // An answer over a connection that is no more is lost, and with it what was sent behind it.
    else this.takeBack((one) => one.from === from && one.to === to && !isRequest(one.body));
  }

  /** Sends again what waited between two addresses, at the next moment at which TCP tries. */
  private release(held: readonly Held[]): void {
    const isEnd = ({ message }: Held): boolean => message.body.type === 'connectionLost';
    // The end of an old connection is known before anything is said over a new one.
    for (const { message } of held.filter(isEnd))
      this.kernel.agenda.push({ ...message, sentAt: this.kernel.now, dueAt: this.kernel.now });
    const first = new Map<Address, number>();
    const again = held.filter((one) => !isEnd(one));
    // What was sent after it, or is yet to leave, does not overtake it when the wire is whole again.
    const { now } = this.kernel;
    const sent = new Map(again.map(({ message: { from, to } }) => [from, to]));
    const behind = sent.size === 0 ? [] : this.takeBack(({ from, to }) => sent.get(from) === to);
    for (const { message, since } of again) {
      const start = first.get(message.from) ?? since;
      first.set(message.from, start);
      this.kernel.resend(message, nextTry(start, now));
    }
    for (const message of behind) this.kernel.resend(message, now);
  }

  private break(a: Address, b: Address): void {
    const since = this.kernel.now;
    this.broken.set(pairOf(a, b), { since, lost: false, held: [] });
    const at = since + CONNECTION_LOST_AFTER_MS;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const body: ConnectionLostBody = { type: 'connectionLost', peer: from, since };
      this.kernel.post(from, to, body, at, this.kernel.current, true);
    }
  }

  /** True: the connection is dead still, and this end learns it now. */
  private givenUp({ from, to, body }: Message): boolean {
    const { since } = body as ConnectionLostBody;
    const broken = this.broken.get(pairOf(from, to));
    if (broken === undefined || broken.since !== since) return false;
    if (!broken.lost) this.dropTraffic(from, to, broken);
    broken.lost = true;
    return (this.kernel.processes.get(to)?.startedAt ?? since) <= (since as number);
  }

  /** What was sent over a connection ends with it, also what repeats would have brought later. */
  private dropTraffic(a: Address, b: Address, broken: Broken): void {
    const { now } = this.kernel;
    broken.held = [];
    this.takeBack(
      ({ from, to, body, sentAt, dialledAt }) =>
        ((from === a && to === b) || (from === b && to === a)) &&
        // A request that is yet to leave dials anew, or does so already.
        (!isRequest(body) || (sentAt <= now && dialledAt === undefined)),
    );
  }

  /** Takes back what is on its way over connections, of those that are meant. */
  private takeBack(isMeant: (message: Message) => boolean): Message[] {
    return this.kernel.agenda.takeBack(
      (one) => isMeant(one) && !KERNEL_NEWS.has(one.body.type) && !this.isDatagram(one.to, one.body.type),
    );
  }

  /** Both processes have spoken to each other since they started. */
  private isConnected(a: Address, b: Address): boolean {
    const {
      processes,
      wires: { links },
    } = this.kernel;
    const [one, other] = [processes.get(a), processes.get(b)];
    if (one === undefined || other === undefined) return false;
    const lastAt = (from: Address, to: Address): number =>
      links.get(from)?.get(to)?.lastDueAt ?? Number.NEGATIVE_INFINITY;
    return Math.max(lastAt(a, b), lastAt(b, a)) >= Math.max(one.startedAt, other.startedAt);
  }

  private isDatagram(to: Address, type: string): boolean {
    return this.kernel.definition(componentOf(to)).datagrams?.includes(type) === true;
  }

  private wire(from: Address, to: Address): Wire {
    const known = this.wires.get(from) ?? new Map<Address, Wire>();
    const wire = known.get(to) ?? this.makeWire(from, to);
    this.wires.set(from, known.set(to, wire));
    return wire;
  }

  private makeWire(from: Address, to: Address): Wire {
    const { machines } = this.kernel;
    if (from === to || !machines.has(hostOf(from)) || !machines.has(hostOf(to))) return NOTHING;
    // A process calls its own machine's kernel: there is no wire between them.
    if (hostOf(from) === hostOf(to) && [from, to].some((one) => componentOf(one) === 'machine')) return NOTHING;
    const wire = { cut: false, dead: false, ms: 0, jitterMs: 0, rate: 0 };
    let isDisturbed = false;
    for (const one of this.active.values()) {
      if (!('a' in one)) continue;
      const isForth = isIn(one.a, one.b, from) && isIn(one.b, one.a, to);
      if (!isForth && !(isIn(one.b, one.a, from) && isIn(one.a, one.b, to))) continue;
      isDisturbed = true;
      if (one.kind === 'cut') {
        wire.dead = true;
        wire.cut ||= isForth || !one.oneWay;
      } else if (one.kind === 'latency') {
        wire.ms += one.ms;
        wire.jitterMs += one.jitterMs;
      } else {
        wire.rate = 1 - (1 - wire.rate) * (1 - one.rate);
      }
    }
    return isDisturbed ? wire : NOTHING;
  }

  dump(): DisturbancesDump {
    return { active: [...this.active], broken: [...this.broken] };
  }

  /** Takes over what a dump has. */
  load({ active, broken }: DisturbancesDump): this {
    for (const [id, disturbance] of active) this.active.set(id, disturbance);
    for (const [pair, { since, lost, held }] of broken) this.broken.set(pair, { since, lost, held: [...held] });
    return this;
  }
}

const pairOf = (a: Address, b: Address): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

function isIn(side: Side, other: Side, address: Address): boolean {
  const isNamed = (names: Side): boolean => names.includes(address) || names.includes(hostOf(address));
  return isNamed(side) || (side.includes('*') && !isNamed(other));
}

/** News of a connection whose host lost its power: nobody sent it. */
const isLate = ({ body }: Message): boolean => body.type === 'connectionLost' && 'silent' in body;

/** The first moment from `now` on at which what was first sent at `since` is sent again. */
function nextTry(since: number, now: number): number {
  let at = since + RETRANSMIT_MS;
  for (let wait = RETRANSMIT_MS * 2; at < now; wait *= 2) at += wait;
  return at;
}

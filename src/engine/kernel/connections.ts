import type { Kernel } from './kernel.ts';
import { CONNECTION_LOST_AFTER_MS, DIAL_TIMEOUT_MS } from './limits.ts';
import { type Address, type ConnectionLostBody, type ConnectionRefusedBody, isRequest, type Message } from './types.ts';

/** When a SYN without answer is sent again; the waits double. Source: Linux, `TCP_TIMEOUT_INIT`. */
const REDIAL_MS = 1_000;

/** Connections to hosts that say nothing: those that were open when the power went, and dials that nobody answers. */
export class Connections {
  /** Who still believes in a connection to a process that lost its power, and until when, by that process. */
  readonly hanging = new Map<Address, Map<Address, number>>();
  /** Who has dialled a process in vain, by that process: there may be requests that wait for a connection. */
  readonly dialling = new Map<Address, Set<Address>>();
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The host of a process has lost its power: those it spoke to notice when nothing has answered for long enough. */
  hang(address: Address, peers: readonly Address[]): void {
    const { kernel } = this;
    if (peers.length === 0) return;
    const at = kernel.now + CONNECTION_LOST_AFTER_MS;
    const until = new Map(peers.map((peer) => [peer, at]));
    this.hanging.set(address, until);
    const body = { type: 'connectionLost', peer: address, silent: true } as ConnectionLostBody;
    for (const peer of until.keys()) kernel.post(address, peer, body, at, kernel.current, true);
  }

  /** A process ends by itself: it believes in nothing any more. */
  forget(address: Address): void {
    for (const peers of this.hanging.values()) peers.delete(address);
  }

  /** Who still holds a connection to what ran here before the power went learns now that it is gone, before any news. */
  reset(address: Address): void {
    const { kernel } = this;
    for (const [to, noticedAt] of this.hanging.get(address) ?? []) {
      const at = Math.min(noticedAt, kernel.arrival(address, to, kernel.now));
      const body: ConnectionLostBody = { type: 'connectionLost', peer: address };
      kernel.post(address, to, body, at, kernel.current, true);
    }
    this.hanging.delete(address);
  }

  /** News that somebody has had already. */
  isOld({ from, to, dueAt, body }: Message): boolean {
    if (body.type !== 'connectionLost' || !('silent' in body)) return false;
    const peers = this.hanging.get(from);
    return peers?.get(to) !== dueAt || !peers.delete(to);
  }

  /**
   * A request has got through: there is a connection now, and what else waits for one goes over it, in the order of its
   * sending. True when the request itself is among that. Source: Go net/http/transport.go, `idleConnWait`.
   */
  connects(message: Message): boolean {
    const { from, to } = message;
    const { kernel } = this;
    const diallers = this.dialling.get(to);
    if (!isRequest(message.body) || !diallers?.delete(from)) return false;
    if (diallers.size === 0) this.dialling.delete(to);
    const link = kernel.wires.link(from, to, kernel.now);
    link.lastDueAt = Math.max(link.lastDueAt, kernel.now);
    const isWaiting = (one: Message): boolean => one.dialledAt !== undefined && one.from === from && one.to === to;
    for (const one of [...kernel.agenda.takeBack(isWaiting), message].sort((a, b) => a.id - b.id)) {
      const { id, sentAt: leftAt, dialledAt: sentAt = leftAt, cause, periodic, body } = one;
      if (!this.isStale(one)) kernel.agenda.push({ id, from, to, sentAt, dueAt: kernel.now, cause, periodic, body });
    }
    return true;
  }

  /** A request has come to a host that says nothing. Over a connection of before it is lost; a dial is tried again. */
  unanswered(message: Message): void {
    const { from, to, sentAt } = message;
    if (this.hanging.get(to)?.has(from)) this.giveUp(message, sentAt);
    else this.redial(message);
  }

  /**
   * Nobody has answered a dial: its SYN leaves again 1, 3, 7 and 15 s after the first, until the dialler's time is over.
   * Source: Linux net/ipv4/tcp_timer.c; the dialer of client-go waits 30 s.
   */
  redial(message: Message): void {
    if (this.isStale(message)) return;
    const { from, to, sentAt, dialledAt = sentAt } = message;
    const diallers = this.dialling.get(to);
    if (diallers === undefined) this.dialling.set(to, new Set([from]));
    else diallers.add(from);
    let leaves = dialledAt;
    for (let wait = REDIAL_MS; leaves <= this.kernel.now; wait *= 2) leaves += wait;
    if (leaves < dialledAt + DIAL_TIMEOUT_MS) this.kernel.sendAgain({ ...message, dialledAt }, leaves);
    else this.giveUp(message, dialledAt);
  }

  /** The process that dialled has ended since. */
  private isStale({ from, dialledAt }: Message): boolean {
    if (dialledAt === undefined) return false;
    const dialler = this.kernel.processes.get(from);
    return dialler === undefined || dialler.startedAt > dialledAt;
  }

  /** The dialler itself notices, so it is no matter what the wires are like. */
  private giveUp({ id, from, to, body, periodic }: Message, dialledAt: number): void {
    const { kernel } = this;
    const at = Math.max(kernel.now, dialledAt + DIAL_TIMEOUT_MS);
    const seenAt = Math.max(kernel.now, at - kernel.wires.link(to, from, kernel.now).baseMs);
    const refused: ConnectionRefusedBody = {
      type: 'connectionRefused',
      requestId: body.requestId as number,
      peer: to,
    };
    kernel.post(to, from, refused, at, id, periodic, seenAt);
  }
}

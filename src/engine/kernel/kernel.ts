import { Agenda } from './agenda.ts';
import { Connections } from './connections.ts';
import { type Disturbance, Disturbances } from './disturbances.ts';
import { MAX_MESSAGES_PER_MOMENT } from './limits.ts';
import { MessageLog } from './message-log.ts';
import { draw, hash32, type Stream } from './random.ts';
import { runStep } from './run-step.ts';
import {
  type Address,
  assert,
  type Body,
  type ComponentDefinition,
  type ConnectionLostBody,
  type ConnectionRefusedBody,
  componentOf,
  EngineError,
  hostOf,
  isRequest,
  type Message,
  type ProcessExitedBody,
} from './types.ts';
import { arrivalOn, type Link, nextDraw, Wires } from './wires.ts';

/** A computer: while it has power its processes run; its disks outlive them. */
export interface Machine {
  readonly name: string;
  readonly config: object;
  powered: boolean;
  /** It has power, but its system is not up yet: it answers nobody. */
  booting: boolean;
  boots: number;
  /** What each component kept on disk when its last process ended, by component; a running process has it instead. */
  readonly disks: Record<string, unknown>;
  /** Components that have run here. */
  readonly ran: Set<string>;
  /** Processes that ended while their parent did not run: it learns of them when it is back. */
  exits: readonly { readonly parent: Address; readonly exit: ProcessExitedBody }[];
}

export interface Process {
  readonly address: Address;
  readonly host: string;
  readonly component: string;
  state: unknown;
  readonly parent: Address | undefined;
  readonly tag: string;
  readonly startedAt: number;
}

export type Definitions = Readonly<Record<string, ComponentDefinition>>;

const USER = 'user@outside';

/**
 * The clock, the queue and the wires. It moves virtual time from due message to due message, hands each to its
 * component's step and turns the effects into new messages. It knows no Kubernetes.
 */
export class Kernel {
  now: number;
  readonly seed: number;
  readonly agenda = new Agenda();
  readonly processes = new Map<Address, Process>();
  readonly machines = new Map<string, Machine>();
  readonly streams = new Map<Address, Stream>();
  readonly wires: Wires;
  readonly connections = new Connections(this);
  /** Processes that a fault makes crash at each start. */
  readonly failing = new Set<Address>();
  /** Cut or bad wires, wrong clocks, slow processes; null until there is the first. */
  disturbances: Disturbances | null = null;
  nextMessageId = 1;
  delivered = 0;
  /** Addresses whose state may have changed since an observer last cleared the set. */
  readonly touched = new Set<Address>();
  /** Called for every message when it has been delivered; set by whoever observes the run. */
  tap: ((message: Message) => void) | undefined;

  private readonly definitions: Definitions;
  /** What was sent, for whoever asks why. */
  log = new MessageLog();
  /** What happens just now: the message that is delivered, or the user's act; 0 for nothing that anybody asked for. */
  current = 0;

  constructor(definitions: Definitions, seed: number, now: number) {
    this.definitions = definitions;
    this.seed = seed;
    this.now = now;
    this.wires = new Wires(seed);
  }

  /** How much that is no heartbeat is still to happen: nothing means settled. */
  get pending(): number {
    return this.agenda.pending;
  }

  // --- machines and processes -----------------------------------------------------------------------------------

  addMachine(name: string, config: object): Machine {
    assert(!this.machines.has(name), `machine ${name} exists`);
    const machine: Machine = {
      name,
      config,
      powered: false,
      booting: false,
      boots: 0,
      disks: {},
      ran: new Set(),
      exits: [],
    };
    this.machines.set(name, machine);
    this.disturbances?.machineAdded();
    return machine;
  }

  machine(name: string): Machine {
    const machine = this.machines.get(name);
    assert(machine, `no machine ${name}`);
    return machine;
  }

  /** Gives the machine power: its `machine` process starts and boots the rest. */
  powerOn(name: string): void {
    const machine = this.machine(name);
    if (machine.powered) return;
    machine.powered = true;
    machine.boots++;
    this.spawn('machine', name, { ...machine.config, boots: machine.boots }, undefined, '');
    machine.booting = true;
  }

  /** Cuts the power: every process is gone at once, nobody is told, connections to it hang. */
  powerOff(name: string): void {
    const machine = this.machine(name);
    if (!machine.powered) return;
    for (const process of [...this.processes.values()]) {
      if (process.host === name) this.endProcess(process, true);
    }
    machine.powered = false;
    machine.exits = [];
  }

  spawn(
    component: string,
    host: string,
    config: object,
    parent: Address | undefined,
    tag: string,
    periodic = false,
  ): Process {
    const address = `${component}@${host}`;
    assert(!this.processes.has(address), `${address} is already running`);
    const definition = this.definition(component);
    const machine = this.machine(host);
    const { disks } = machine;
    const disk = disks[component];
    // What a process read from the disk is its own from now on; its end writes it back.
    delete disks[component];
    const process: Process = {
      address,
      host,
      component,
      state: definition.create(config, disk, host),
      parent,
      tag,
      startedAt: this.now,
    };
    this.processes.set(address, process);
    this.agenda.admit(address);
    machine.ran.add(component);
    machine.booting = false;
    this.connections.reset(address);
    if (this.failing.has(address)) this.kill(address, 1);
    else {
      this.post(address, address, { type: 'start' }, this.now, this.current, periodic);
      this.disturbances?.processStarted(address);
    }
    this.tellOfExits(address);
    return process;
  }

  /** Ends a process as `kill -9` does; its parent, if it runs, sees the exit code. */
  kill(address: Address, exitCode: number): void {
    const process = this.processes.get(address);
    assert(process, `no process ${address}`);
    this.endProcess(process);
    if (process.parent !== undefined) {
      const body: ProcessExitedBody = { type: 'processExited', address, tag: process.tag, exitCode };
      this.post(address, process.parent, body, this.now, this.current, false);
    }
  }

  /** A parent that starts anew finds what became of its children meanwhile, as containerd does with its shims. */
  private tellOfExits(parent: Address): void {
    const machine = this.machine(hostOf(parent));
    const { exits } = machine;
    if (exits.length === 0) return;
    machine.exits = exits.filter((kept) => kept.parent !== parent);
    for (const kept of exits)
      if (kept.parent === parent) this.post(kept.exit.address, parent, kept.exit, this.now, this.current, false);
  }

  /** With the power it ends silently: its peers notice later. */
  endProcess(process: Process, isSilent = false): void {
    const { address, component, host, state } = process;
    const definition = this.definition(component);
    if (definition.save) this.machine(host).disks[component] = definition.save(state);
    this.processes.delete(address);
    // Who has been answered, but has not got it yet, has a connection too.
    const peers = [...new Set([...(definition.peers?.(state) ?? []), ...this.agenda.answeredBy(address)])];
    this.disturbances?.processEnded(address, peers);
    this.connections.forget(address);
    this.touched.add(address);
    this.agenda.dismiss(address);
    const told = peers.filter((peer) => this.processes.has(peer));
    if (isSilent) this.connections.hang(address, told);
    else {
      const body: ConnectionLostBody = { type: 'connectionLost', peer: address };
      for (const peer of told)
        this.post(address, peer, body, this.arrival(address, peer, this.now), this.current, true);
    }
  }

  // --- time ------------------------------------------------------------------------------------------------------

  /**
   * Delivers every message that is due until then, each at its own time. `stop` is asked after each message: when it
   * says true, time stays where it is then, and the result is false.
   */
  advanceTo(target: number, stop?: (message: Message) => boolean): boolean {
    let atThisMoment = 0;
    let moment = this.now;
    for (;;) {
      const next = this.agenda.next();
      if (next === undefined || next.dueAt > target) break;
      if (next.dueAt !== moment) {
        moment = next.dueAt;
        atThisMoment = 0;
      }
      if (++atThisMoment >= MAX_MESSAGES_PER_MOMENT) {
        throw new EngineError(`more than ${MAX_MESSAGES_PER_MOMENT} messages at ${moment} ms`);
      }
      this.take(next);
      if (stop?.(next)) return false;
    }
    if (target > this.now) this.now = target;
    return true;
  }

  /** Delivers exactly one message, moving time to it; undefined when nothing is on its way. */
  deliverNext(): Message | undefined {
    const message = this.agenda.next();
    if (message !== undefined) this.take(message);
    return message;
  }

  /** Delivers what the agenda has next. */
  private take(message: Message): void {
    this.agenda.take(message);
    this.now = message.dueAt;
    this.current = message.id;
    this.log.atHand = message;
    this.deliver(message);
    this.current = 0;
  }

  private deliver(message: Message): void {
    this.delivered++;
    if (this.disturbances?.stops(message) || this.connections.isOld(message)) return;
    const process = this.processes.get(message.to);
    if (process === undefined) {
      this.refuse(message);
      return;
    }
    if (this.connections.dialling.size > 0 && this.connections.connects(message)) return;
    runStep(this, process, message);
    this.tap?.(message);
  }

  private refuse(message: Message): void {
    const { from, to, body, periodic } = message;
    const host = this.machines.get(hostOf(to));
    if (host !== undefined && isRequest(body)) {
      if (!host.powered || host.booting) {
        this.connections.unanswered(message);
        return;
      }
      const refused: ConnectionRefusedBody = { type: 'connectionRefused', requestId: body.requestId, peer: to };
      this.post(to, from, refused, this.arrival(to, from, this.now), message.id, periodic);
    } else if (host?.powered && body.type === 'processExited')
      host.exits = [...host.exits, { parent: to, exit: body as ProcessExitedBody }];
    this.tap?.(message);
  }

  // --- wires -----------------------------------------------------------------------------------------------------

  /** Puts a message from outside (the user's hand) into the queue, due now. */
  submit(to: Address, body: Body): Message {
    const message = this.post(USER, to, body, this.now, this.current, false);
    if (this.current === 0) this.log.rememberAct(message);
    return message;
  }

  /** What somebody does to the machines themselves: it has happened already, and is the cause of all that `run` does. */
  act(to: Address, body: Body, run: () => void, cause = 0): Message {
    const { now } = this;
    const act: Message = {
      id: this.nextMessageId++,
      from: USER,
      to,
      sentAt: now,
      dueAt: now,
      cause,
      periodic: false,
      body,
    };
    this.log.remember(act);
    this.current = act.id;
    try {
      run();
    } catch (error) {
      // It could not be done: nothing has happened.
      this.nextMessageId = act.id;
      this.log.forget(act);
      throw error;
    } finally {
      this.current = 0;
    }
    this.log.rememberAct(act);
    return act;
  }

  /** The same to a process, or to all that run of a component. */
  order(to: Address, body: Body): void {
    for (const { address, component } of this.processes.values())
      if (address === to || component === to) this.submit(address, body);
  }

  post(
    from: Address,
    to: Address,
    body: Body,
    dueAt: number,
    cause: number,
    periodic: boolean,
    sentAt = this.now,
  ): Message {
    const message: Message = { id: this.nextMessageId++, from, to, sentAt, dueAt, cause, periodic, body };
    this.agenda.push(message);
    this.log.remember(message);
    return message;
  }

  /** Puts a message that was held on its way back on it, as it leaves again then. */
  resend(message: Message, leaves: number): void {
    const { from, to, sentAt, dueAt } = message;
    const { now } = this;
    // What has not left yet comes at its time, but behind what is on the way.
    if (sentAt > now)
      this.agenda.push({ ...message, dueAt: Math.max(dueAt, this.wires.link(from, to, now).lastDueAt) });
    else this.agenda.push({ ...message, sentAt: now, dueAt: this.arrival(from, to, Math.max(leaves, now)) });
  }

  /** Sends a message that leaves then, in line with nothing that is sent meanwhile. */
  sendAgain(message: Message, leaves: number): void {
    const { from, to, body } = message;
    const dueAt = this.arrivalOn(this.wires.link(from, to, leaves), from, leaves, false, body.type);
    this.agenda.push({ ...message, sentAt: leaves, dueAt });
  }

  /** Begins a disturbance of wires, clocks or speed; `undisturb` with the same id ends it, whatever else goes on. */
  disturb(id: string, disturbance: Disturbance): void {
    this.disturbances ??= new Disturbances(this);
    this.disturbances.begin(id, disturbance);
  }

  undisturb(id: string): void {
    this.disturbances?.end(id);
  }

  /** What the clock on a host's wall says. */
  wallNow(host: string): number {
    return this.disturbances === null ? this.now : this.now + this.disturbances.skew(host);
  }

  /** When something that leaves now arrives: never before what left earlier on the same way. */
  arrival(from: Address, to: Address, leaves: number): number {
    return this.arrivalOn(this.wires.link(from, to, leaves), from, leaves, true, '');
  }

  arrivalOn(link: Link, from: Address, leaves: number, isInLine: boolean, type: string): number {
    const late = this.disturbances === null ? 0 : this.disturbances.delay(from, link.to, type, nextDraw(link));
    return arrivalOn(link, leaves + late, isInLine);
  }

  // --- small things ----------------------------------------------------------------------------------------------

  definition(component: string): ComponentDefinition {
    const definition = this.definitions[component];
    if (definition === undefined) throw new EngineError(`no component ${component}`);
    return definition;
  }

  randomOf(address: Address): number {
    let stream = this.streams.get(address);
    if (stream === undefined) {
      stream = { position: hash32(address, this.seed) | 0 };
      this.streams.set(address, stream);
    }
    return draw(stream);
  }

  state<S>(address: Address): S | undefined {
    return this.processes.get(address)?.state as S | undefined;
  }

  /** A message of the past or on its way, while it is kept. */
  message(id: number): Message | undefined {
    return this.log.get(id);
  }
}

export { componentOf, hostOf };

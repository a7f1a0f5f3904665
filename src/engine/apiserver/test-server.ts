import { createDraft, finishDraft } from 'immer';
import type { ApiRequest, ApiResponse, Call, WatchEvents } from '../client/messages.ts';
import { definition as etcd } from '../etcd/index.ts';
import type { Address, Body, ComponentDefinition, Effect, Env, Message } from '../kernel/types.ts';
import { definition as apiserver } from './index.ts';
import type { ApiServerProcess, ApiServerState } from './state.ts';

const HOST = 'test';
const SERVER = `apiserver@${HOST}`;
const CLIENT = 'kubectl@laptop';

/**
 * An API server with its etcd and nothing else, for tests: messages arrive at once, in the order in which they were
 * sent, and time stands still unless it is moved.
 */
export class TestServer {
  now = 0;
  readonly responses: ApiResponse[] = [];
  readonly watched: WatchEvents[] = [];
  /** Ids of watches that the server has ended. */
  readonly closed: number[] = [];
  /** Messages delivered so far, without timers. */
  delivered = 0;
  private readonly queue: Message[] = [];
  private readonly unheard: Message[] = [];
  private disk: unknown;
  private readonly states = new Map<Address, { definition: ComponentDefinition; state: unknown }>();
  private nextId = 1;
  private nextRequestId = 1;
  private seed = 1;

  constructor() {
    this.start(etcd as never, `etcd@${HOST}`, { name: HOST });
    this.start(apiserver as never, SERVER, { internalIP: '172.18.0.2' });
    this.run();
    for (const timer of ['endpoints']) this.fire(timer);
  }

  get state(): ApiServerState {
    const process = this.states.get(SERVER) as { state: ApiServerProcess };
    return process.state.server;
  }

  /** One call by an administrator, unless another user is given; runs until everything has settled. */
  call(what: Call & { user?: string; agent?: string; from?: Address }): ApiResponse {
    const { from = CLIENT, user = 'system:apiserver', agent = 'test', ...rest } = what;
    const requestId = this.nextRequestId++;
    const body: ApiRequest = { type: 'apiRequest', requestId, user, agent, ...rest };
    this.post(from, SERVER, body);
    this.run();
    return this.responses.find((response) => response.requestId === requestId) as ApiResponse;
  }

  /** Sends without waiting, for requests that meet each other. */
  submit(what: Call & { user?: string; agent?: string }): number {
    const requestId = this.nextRequestId++;
    const body: ApiRequest = { type: 'apiRequest', requestId, user: 'system:apiserver', agent: 'test', ...what };
    this.post(CLIENT, SERVER, body);
    return requestId;
  }

  watch(path: string, query: Record<string, string> = {}, accept?: string): number {
    const requestId = this.submit({
      method: 'GET',
      path,
      query: { watch: 'true', ...query },
      ...(accept && { accept }),
    });
    this.run();
    return requestId;
  }

  /** `ADDED name` of every event that a watch has brought. */
  eventsOf(watchId: number): string[] {
    return this.watched
      .filter((message) => message.watchId === watchId)
      .flatMap(({ events }) => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`.trim()));
  }

  /** Bodies that were sent to somebody who is not here. */
  sentTo(address: Address): Body[] {
    return this.unheard.filter((message) => message.to === address).map((message) => message.body);
  }

  /** Ends etcd as a crash does; what is on its disk stays. */
  stopEtcd(): void {
    const address = `etcd@${HOST}`;
    this.disk = etcd.save?.(this.states.get(address)?.state as never);
    this.states.delete(address);
    this.send(SERVER, { type: 'connectionLost', peer: address } as Body, address);
  }

  startEtcd(): void {
    this.start(etcd as never, `etcd@${HOST}`, { name: HOST });
    this.run();
  }

  fire(key: string): void {
    this.post(SERVER, SERVER, { type: 'timer', key } as Body);
    this.run();
  }

  send(to: Address, body: Body, from: Address = CLIENT): void {
    this.post(from, to, body);
    this.run();
  }

  /** As `send`, but it overtakes what is on its way. */
  sendFirst(to: Address, body: Body): void {
    this.post(CLIENT, to, body);
    this.queue.unshift(this.queue.pop() as Message);
  }

  /** Delivers what is on its way, or so many messages of it. */
  run(count = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < count; i++) {
      const message = this.queue.shift();
      if (message === undefined) return;
      this.delivered++;
      this.deliver(message);
    }
  }

  private start(definition: ComponentDefinition, address: Address, config: object): void {
    this.states.set(address, { definition, state: definition.create(config, this.disk, HOST) });
    this.post(address, address, { type: 'start' });
  }

  private deliver(message: Message): void {
    const process = this.states.get(message.to);
    if (process === undefined) {
      if (message.body.type === 'apiResponse') this.responses.push(message.body as ApiResponse);
      const { requestId, reply, type } = message.body;
      if (message.to === `etcd@${HOST}` && requestId !== undefined && type !== 'watch') {
        this.post(message.to, message.from, { type: 'connectionRefused', requestId, peer: message.to } as Body);
      } else if (!reply) this.unheard.push(message);
      if (type === 'watchClosed') this.closed.push((message.body as unknown as { watchId: number }).watchId);
      if (message.body.type === 'watchEvents') this.watched.push(message.body as unknown as WatchEvents);
      return;
    }
    for (const effect of this.step(process, message)) this.perform(effect, message);
  }

  private step(process: { definition: ComponentDefinition; state: unknown }, message: Message): Effect[] {
    const { step, inPlace } = process.definition;
    if (inPlace) return step(process.state, message as never, this.env(message));
    const draft = createDraft(process.state as object);
    const effects = step(draft, message as never, this.env(message));
    process.state = finishDraft(draft);
    return effects;
  }

  private perform(effect: Effect, message: Message): void {
    if (effect.effect === 'send') this.post(message.to, effect.to, effect.body, message.id);
  }

  private env(message: Message): Env {
    return {
      now: this.now,
      wallNow: this.now,
      self: message.to,
      host: HOST,
      messageId: message.id,
      periodic: false,
      random: () => {
        this.seed = (Math.imul(this.seed, 1_103_515_245) + 12_345) & 0x7fffffff;
        return this.seed / 0x80000000;
      },
    };
  }

  private post(from: Address, to: Address, body: Body, cause = 0): void {
    const id = this.nextId++;
    this.queue.push({ id, from, to, sentAt: this.now, dueAt: this.now, cause, periodic: false, body });
  }
}

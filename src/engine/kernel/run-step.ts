import { createDraft, finishDraft } from 'immer';
import type { Kernel, Process } from './kernel.ts';
import { WAITS_ASIDE_MS } from './limits.ts';
import type { Address, Effect, Env, Message, TimerBody } from './types.ts';
import { roundMs } from './wires.ts';

/** The finest difference between two times. */
const GRAIN_MS = 0.001;

/** Hands a message to its component, and does what the step asks for. */
export function runStep(kernel: Kernel, process: Process, message: Message): void {
  const effects = step(kernel, process, message);
  kernel.touched.add(process.address);
  for (const effect of effects) {
    perform(kernel, effect, process, message);
    if (effect.effect === 'exit') break;
  }
}

function step(kernel: Kernel, process: Process, message: Message): Effect[] {
  const { step, inPlace } = kernel.definition(process.component);
  const env = new StepEnv(kernel, process, message);
  if (inPlace) return step(process.state, message, env);
  const draft = createDraft(process.state as object);
  const effects = step(draft, message, env);
  process.state = finishDraft(draft);
  return effects;
}

function perform(kernel: Kernel, effect: Effect, process: Process, message: Message): void {
  const { now } = kernel;
  const { address, host } = process;
  switch (effect.effect) {
    case 'send': {
      let leaves = effect.delayMs ? now + effect.delayMs : now;
      const periodic = effect.periodic ?? message.periodic;
      // What waits long for its turn (a client's rate limit) must not hold up what is sent meanwhile.
      const isInLine = leaves - now < WAITS_ASIDE_MS;
      if (kernel.disturbances !== null) leaves += kernel.disturbances.slowness(address);
      const link = kernel.wires.link(address, effect.to, leaves);
      const due = kernel.arrivalOn(link, address, leaves, isInLine, effect.body.type);
      const cause = effect.cause ?? message.id;
      const sent = kernel.post(address, link.to, effect.body, due, cause, periodic, leaves);
      if (effect.also) kernel.log.also.set(sent.id, effect.also);
      return;
    }
    case 'timer': {
      const { key } = effect;
      kernel.agenda.cancel(address, key);
      const body: TimerBody = { type: 'timer', key };
      // A rest of a sum of fractions is a wait too: who asks again would otherwise ask for ever at the same moment.
      const due = effect.afterMs > 0 ? roundMs(now + Math.max(GRAIN_MS, effect.afterMs)) : now;
      const periodic = effect.periodic ?? message.periodic;
      kernel.agenda.set(kernel.post(address, address, body, due, effect.cause ?? message.id, periodic));
      return;
    }
    case 'cancel':
      kernel.agenda.cancel(address, effect.key);
      return;
    case 'trace':
      return;
    case 'startProcess':
      kernel.spawn(effect.component, host, effect.config, address, effect.tag, message.periodic);
      return;
    case 'stopProcess': {
      const child = kernel.processes.get(`${effect.component}@${host}`);
      if (child) kernel.endProcess(child);
      return;
    }
    case 'exit':
      kernel.kill(address, effect.exitCode);
      return;
  }
}

class StepEnv implements Env {
  readonly now: number;
  readonly self: Address;
  readonly host: string;
  readonly messageId: number;
  readonly periodic: boolean;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel, process: Process, message: Message) {
    this.kernel = kernel;
    this.now = kernel.now;
    this.self = process.address;
    this.host = process.host;
    this.messageId = message.id;
    this.periodic = message.periodic;
  }

  get wallNow(): number {
    return this.kernel.wallNow(this.host);
  }

  random(): number {
    return this.kernel.randomOf(this.self);
  }
}

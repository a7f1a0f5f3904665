import type { Input, Run, RunInput } from './protocol.ts';

const RUN_FORMAT = 'orrery-run';
const RUN_VERSION = 2;
/** A payload in an address: at most so many characters, and so many bytes when inflated. */
export const MAX_LINK_CHARS = 64 * 1024;
const MAX_RUN_BYTES = 1024 * 1024;
/** What a run from a stranger may ask of this machine. */
const MAX_INPUTS = 5_000;
const MAX_UNTIL_MS = 7 * 24 * 3_600_000;
const MAX_MACHINES = 200;

/** What is wrong with a run that somebody gave us, as a sentence. */
class RunError extends Error {
  override name = 'RunError';
}

/** Reads a saved run; throws a `RunError` that says what is wrong with it and where. */
export function readRun(text: string): Run {
  if (text.length > MAX_RUN_BYTES) throw new RunError(`the run is larger than ${MAX_RUN_BYTES / 1024} KiB`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RunError(`the run is damaged or cut off: it is no JSON (${(error as Error).message})`);
  }
  const run = record(value, 'the run');
  if (run.format !== RUN_FORMAT) throw new RunError('this is no run of Orrery: its "format" is not "orrery-run"');
  if (run.version !== RUN_VERSION) {
    const version = typeof run.version === 'number' ? String(run.version) : 'unknown';
    throw new RunError(`the run is of version ${version}; this page reads version ${RUN_VERSION}`);
  }
  const options = record(run.options, 'options');
  checkOptions(options);
  const inputs = list(run.inputs, 'inputs');
  if (inputs.length > MAX_INPUTS) throw new RunError(`inputs: ${inputs.length} are more than ${MAX_INPUTS}`);
  const until = record(run.until, 'until');
  const read = inputs.map((input, i) => readInput(input, `inputs[${i}]`));
  const end = position(until, 'until');
  read.reduce((before, input, i) => {
    if (input.at < before) throw new RunError(`inputs[${i}].at: an input cannot come before the one that precedes it`);
    return input.at;
  }, 0);
  if (read.some(({ at }) => at > end.at)) throw new RunError('until.at: the run ends before its last input');
  return {
    format: RUN_FORMAT,
    version: RUN_VERSION,
    name: typeof run.name === 'string' && run.name.trim() !== '' ? run.name.slice(0, 60) : 'main',
    options,
    inputs: read,
    until: end,
    ...(typeof run.digest === 'string' && { digest: run.digest.slice(0, 64) }),
  };
}

function checkOptions(options: Record<string, unknown>): void {
  for (const name of ['seed', 'workers', 'controlPlanes', 'etcdMembers']) {
    const value = options[name];
    if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 0))
      throw new RunError(`options.${name}: not a whole number`);
  }
  for (const name of ['zones', 'machines']) if (options[name] !== undefined) list(options[name], `options.${name}`);
  for (const [i, machine] of ((options.machines ?? []) as readonly unknown[]).entries()) {
    const { name, role } = record(machine, `options.machines[${i}]`);
    if (typeof name !== 'string' || typeof role !== 'string')
      throw new RunError(`options.machines[${i}]: no name or no role`);
  }
  const machines = Number(options.workers ?? 0) + ((options.machines as unknown[] | undefined)?.length ?? 0);
  const more = Number(options.controlPlanes ?? 0) + Number(options.etcdMembers ?? 0);
  if (machines + more > MAX_MACHINES) throw new RunError(`options: more than ${MAX_MACHINES} machines`);
}

function readInput(value: unknown, where: string): RunInput {
  const entered = record(value, where);
  const input = record(entered.input, `${where}.input`);
  const must = (name: string, type: string): void => {
    if (typeof input[name] !== type) throw new RunError(`${where}.input.${name}: not a ${type}`);
  };
  switch (input.act) {
    case 'apply':
      must('text', 'string');
      break;
    case 'delete':
      checkRef(input.ref, `${where}.input.ref`);
      break;
    case 'scale':
      checkRef(input.ref, `${where}.input.ref`);
      must('replicas', 'number');
      break;
    case 'cordon':
      must('node', 'string');
      must('unschedulable', 'boolean');
      break;
    case 'etcd':
      if (typeof record(input.command, `${where}.input.command`).do !== 'string')
        throw new RunError(`${where}.input.command.do: not a string`);
      break;
    case 'inject':
      if (typeof record(input.fault, `${where}.input.fault`).kind !== 'string')
        throw new RunError(`${where}.input.fault.kind: not a string`);
      break;
    case 'heal':
      if (input.id !== undefined) must('id', 'string');
      break;
    default:
      throw new RunError(`${where}.input.act: there is no act ${JSON.stringify(input.act) ?? 'of no name'}`);
  }
  return { ...position(entered, where), input: input as unknown as Input };
}

function checkRef(value: unknown, where: string): void {
  const ref = record(value, where);
  for (const name of ['kind', 'name'])
    if (typeof ref[name] !== 'string') throw new RunError(`${where}.${name}: not a string`);
}

function position(value: Record<string, unknown>, where: string): { readonly at: number; readonly after: number } {
  const { at, after } = value;
  if (typeof at !== 'number' || !(at >= 0 && at <= MAX_UNTIL_MS))
    throw new RunError(`${where}.at: not a time between 0 and ${MAX_UNTIL_MS} ms`);
  if (!Number.isInteger(after) || (after as number) < 0) throw new RunError(`${where}.after: not a number of messages`);
  return { at, after: after as number };
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RunError(`${where}: not an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new RunError(`${where}: not a list`);
  return value;
}

/** The run as the payload of an address: deflated, in the alphabet of base64url. Throws a `RunError` when it is too long. */
export async function runToPayload(run: Run): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(run));
  const deflated = await bytesOf(streamOf(bytes).pipeThrough(new CompressionStream('deflate-raw')), MAX_RUN_BYTES);
  let text = '';
  for (let i = 0; i < deflated.length; i += 0x8000) text += String.fromCharCode(...deflated.subarray(i, i + 0x8000));
  const payload = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  if (payload.length > MAX_LINK_CHARS)
    throw new RunError(
      `the run is too long for a link (${Math.ceil(payload.length / 1024)} KiB; at most ${MAX_LINK_CHARS / 1024}): save it to a file`,
    );
  return payload;
}

/** Reads what `runToPayload` made; throws a `RunError` for what is too long, cut off, damaged or of something else. */
export async function runFromPayload(payload: string): Promise<Run> {
  if (payload.length > MAX_LINK_CHARS) throw new RunError(`the link is longer than ${MAX_LINK_CHARS / 1024} KiB`);
  const wrong = payload.search(/[^A-Za-z0-9_-]/);
  if (wrong >= 0) throw new RunError(`the link is damaged at character ${wrong + 1} of its run`);
  let deflated: Uint8Array<ArrayBuffer>;
  try {
    deflated = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    throw new RunError('the link is cut off: its last character is missing');
  }
  let bytes: Uint8Array;
  try {
    bytes = await bytesOf(streamOf(deflated).pipeThrough(new DecompressionStream('deflate-raw')), MAX_RUN_BYTES);
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError('the link is damaged or cut off: it cannot be inflated');
  }
  return readRun(new TextDecoder().decode(bytes));
}

const streamOf = (bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });

/** All of a stream, given up as soon as it is too long. */
async function bytesOf(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new RunError(`the run is larger than ${limit / 1024} KiB when it is inflated`);
    }
    parts.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

import { toRFC3339, toRFC3339Micro } from '../api/time.ts';
import { addressOf } from './files.ts';
import { parseImageReference } from './image-reference.ts';
import { imageNamed, versionOf } from './images.ts';
import type { Container, ContainerdState, LogChunk } from './state.ts';

const CHUNK_LINES = 50;
/** Older lines are dropped, as rotation does. */
const CHUNKS_KEPT = 20;

/** Appends lines to a container's log. */
export function appendLog(state: ContainerdState, id: string, now: number, lines: readonly string[]): void {
  let length = state.logLengths.get(id) ?? 0;
  for (const line of lines) {
    const number = Math.floor(length / CHUNK_LINES);
    const key = `${id} ${number}`;
    const chunk: LogChunk = state.logs.get(key) ?? [];
    if (chunk.length === 0 && number >= CHUNKS_KEPT) state.logs.delete(`${id} ${number - CHUNKS_KEPT}`);
    state.logs.set(key, [...chunk, [now, line]]);
    length++;
  }
  state.logLengths.set(id, length);
}

/** The log as the kubelet reads it from the file. */
export function readLog(
  state: ContainerdState,
  container: Container,
  tailLines: number | undefined,
  timestamps: boolean,
  since = 0,
): string {
  let lines: (readonly [number, string])[] = [];
  // What a program of the catalogue says at its start is not stored: it follows from what it is.
  if (container.startedAt !== 0 && container.program.kind === 'serve')
    for (const text of startLines(state, container)) lines.push([container.startedAt, text]);
  const chunks = Math.ceil((state.logLengths.get(container.id) ?? 0) / CHUNK_LINES);
  for (let n = Math.max(0, chunks - CHUNKS_KEPT); n < chunks; n++)
    lines.push(...(state.logs.get(`${container.id} ${n}`) ?? []));
  if (since > 0) lines = lines.filter(([at]) => at >= since);
  const wanted = tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - tailLines));
  return wanted.map(([at, text]) => (timestamps ? `${stamp(at)} ${text}\n` : `${text}\n`)).join('');
}

/** The last lines, for a termination message that falls back to the log. */
export function lastLines(state: ContainerdState, container: Container): string {
  return readLog(state, container, FALLBACK_LINES, false).slice(-FALLBACK_BYTES);
}

export function dropLog(state: ContainerdState, id: string): void {
  const length = state.logLengths.delete(id);
  if (length === undefined) return;
  const chunks = Math.ceil(length / CHUNK_LINES);
  for (let n = Math.max(0, chunks - CHUNKS_KEPT - 1); n < chunks; n++) state.logs.delete(`${id} ${n}`);
}

/** Limits of `terminationMessagePolicy: FallbackToLogsOnError`. */
const FALLBACK_LINES = 80;
const FALLBACK_BYTES = 2048;

function startLines(state: ContainerdState, container: Container): string[] {
  const { program, startedAt } = container;
  if (program.logs.length === 0) return [];
  const sandbox = state.sandboxes.get(container.podSandboxId);
  const parsed = parseImageReference(container.config.image);
  const iso = toRFC3339(startedAt);
  const values: Readonly<Record<string, string>> = {
    time: `${iso.slice(0, 10).replaceAll('-', '/')} ${iso.slice(11, 19)}`,
    iso,
    version: parsed.ok ? versionOf(imageNamed(container.config.image), parsed.reference.tag) : '',
    hostname: sandbox?.config.hostname ?? '',
    ip: sandbox ? addressOf(state, sandbox) : '',
  };
  return program.logs.map((line) => line.replaceAll(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all));
}

function stamp(at: number): string {
  return `${toRFC3339Micro(at).slice(0, -1)}000Z`;
}

/** The log of a pod's newest container of that name, as its file on the node has it; empty when there is none. */
export function podLog(state: ContainerdState, namespace: string, pod: string, container: string): string {
  const sandboxes = [...state.sandboxes.keysBy('pod', `${namespace}/${pod}`)];
  const containers = sandboxes.flatMap((sandbox) => state.containers.by('sandbox', sandbox));
  const named = containers.filter(({ config }) => config.name === container).sort((a, b) => b.createdAt - a.createdAt);
  return named[0] ? readLog(state, named[0], undefined, false) : '';
}

import {
  boolYaml11Tag,
  CORE_SCHEMA,
  defineScalarTag,
  EVENT_ID,
  type Event,
  getScalarValue,
  load,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  type Schema,
  YAMLException,
} from 'js-yaml';
import { utf8Length } from './base64.ts';

/** Limits on what strangers may paste or link to; beyond them a text is refused, not cut. */
export const YAML_LIMITS = { bytes: 262_144, depth: 64, documents: 200, aliases: 64, nodes: 50_000 } as const;

export interface YamlDocument {
  readonly value: unknown;
  /** Where it starts in the whole text, from 1. */
  readonly line: number;
  /** Its own text, for `lineOfField`. */
  readonly text: string;
}

export interface YamlError {
  /** A sentence that says what and where. */
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads manifests: YAML or JSON, documents parted by `---`. A document that cannot be read does not hide the
 * others; empty documents are left out.
 */
export function parseYaml(text: string): { documents: readonly YamlDocument[]; errors: readonly YamlError[] } {
  const bytes = utf8Length(text);
  if (bytes > YAML_LIMITS.bytes) {
    const message = `The text is too long: it has ${bytes} bytes, and ${YAML_LIMITS.bytes} are allowed.`;
    return { documents: [], errors: [{ message, line: 1, column: 1 }] };
  }
  const chunks = splitDocuments(text);
  const documents: YamlDocument[] = [];
  const errors: YamlError[] = [];
  for (const chunk of chunks) {
    const result = readDocument(chunk.text, chunk.line);
    if ('message' in result) errors.push(result);
    else if (result.value !== null && result.value !== undefined) documents.push(result);
    if (documents.length <= YAML_LIMITS.documents) continue;
    const message = `line ${chunk.line}: there are more than ${YAML_LIMITS.documents} documents.`;
    return { documents: [], errors: [{ message, line: chunk.line, column: 1 }] };
  }
  return { documents, errors };
}

/**
 * The line (in the whole text) of a field such as `spec.containers[0].image`, or of the nearest parent that the
 * document has; the document's first line if it has none of them.
 */
export function lineOfField(document: YamlDocument, field: string): number {
  const path = [...field.matchAll(/\[([^\]]*)\]|[^.[\]]+/g)].map((match) => match[1] ?? match[0]);
  const offset = offsetOf(document.text, path);
  return document.line + countLines(document.text, offset);
}

/** A line that begins with `---` parts documents wherever it stands, even inside quotes and block texts. */
function splitDocuments(text: string): { text: string; line: number }[] {
  const chunks: { text: string; line: number }[] = [];
  let start = 0;
  let line = 1;
  let startLine = 1;
  for (let position = 0; position < text.length; ) {
    const end = text.indexOf('\n', position);
    const next = end < 0 ? text.length : end + 1;
    if (text.startsWith('---', position) && ' \t\r\n'.includes(text.charAt(position + 3) || '\n')) {
      chunks.push({ text: text.slice(start, position), line: startLine });
      start = position;
      startLine = line;
    }
    position = next;
    line++;
  }
  chunks.push({ text: text.slice(start), line: startLine });
  return chunks;
}

function readDocument(text: string, line: number): YamlDocument | YamlError {
  if (text.trim() === '') return { value: null, line, text };
  try {
    const value = load(text, {
      schema: manifestSchema(),
      maxDepth: YAML_LIMITS.depth,
      maxAliases: YAML_LIMITS.aliases,
    });
    if (countNodes(value, YAML_LIMITS.nodes) === 0)
      return { message: `line ${line}: the document contains excessive aliasing.`, line, column: 1 };
    return { value, line, text };
  } catch (error) {
    // The parser's own advice: text from strangers may make it throw other errors as well.
    if (!(error instanceof YAMLException)) return { message: `line ${line}: ${String(error)}`, line, column: 1 };
    // A text without any node, such as only comments, is no document.
    if (error.reason.includes('no documents') || error.reason.includes('is empty')) return { value: null, line, text };
    const at = line + (error.mark?.line ?? 0);
    const column = (error.mark?.column ?? 0) + 1;
    return { message: `line ${at}, column ${column}: ${error.reason}`, line: at, column };
  }
}

/** What is left of a budget of nodes after a value is counted; aliases count each time they are used. */
function countNodes(value: unknown, budget: number): number {
  let left = budget - 1;
  if (typeof value !== 'object' || value === null) return Math.max(0, left);
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    if (left <= 0) return 0;
    left = countNodes(item, left);
  }
  return Math.max(0, left);
}

const OCTAL = /^[-+]?0o?[0-7]+$/;
const DECIMAL = /^[-+]?(0|[1-9][0-9]*)$/;
const OTHER_BASE = /^[-+]?0(x[0-9a-fA-F]+|b[01]+)$/;

/** Whole numbers as kubectl reads them: `defaultMode: 0644` is octal, `10:20` is text. */
const manifestIntTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: [...'-+0123456789'],
  resolve: (source) => {
    const text = source.replaceAll('_', '');
    if (DECIMAL.test(text)) return Number(text);
    const sign = text.startsWith('-') ? -1 : 1;
    const digits = text.replace(/^[-+]/, '');
    if (OCTAL.test(text)) return sign * Number.parseInt(digits.replace(/^0o?/, '') || '0', 8);
    return OTHER_BASE.test(text) ? sign * Number(digits) : NOT_RESOLVED;
  },
  identify: () => false,
});

/** YAML as kubectl reads it: `yes` and `on` are true, dates are text. */
const manifestSchema = (): Schema => CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag, manifestIntTag);

/** Follows a path through the events of one document, as far as it goes. */
function offsetOf(text: string, path: readonly string[]): number {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: YAML_LIMITS.depth });
  } catch {
    return 0;
  }
  // The first event is the document itself.
  let index = 1;
  let offset = 0;
  for (const step of path) {
    const node = events[index];
    const child =
      node?.type === EVENT_ID.MAPPING
        ? childOfMapping(text, events, index, step)
        : node?.type === EVENT_ID.SEQUENCE
          ? childOfSequence(events, index, Number(step))
          : undefined;
    if (child === undefined) break;
    index = child.index;
    offset = child.offset;
  }
  return offset;
}

interface Child {
  readonly index: number;
  readonly offset: number;
}

function childOfMapping(text: string, events: readonly Event[], mapping: number, key: string): Child | undefined {
  for (let index = mapping + 1; events[index] !== undefined && events[index]?.type !== EVENT_ID.POP; ) {
    const name = events[index] as Event;
    const value = endOf(events, index);
    if (name.type === EVENT_ID.SCALAR && getScalarValue(text, name) === key)
      return { index: value, offset: name.valueStart };
    index = endOf(events, value);
  }
  return undefined;
}

function childOfSequence(events: readonly Event[], sequence: number, position: number): Child | undefined {
  let index = sequence + 1;
  for (let item = 0; events[index] !== undefined && events[index]?.type !== EVENT_ID.POP; item++) {
    if (item === position) return { index, offset: startOf(events[index] as Event) };
    index = endOf(events, index);
  }
  return undefined;
}

/** The index of the event after a whole node. */
function endOf(events: readonly Event[], start: number): number {
  let depth = 0;
  for (let index = start; index < events.length; index++) {
    const { type } = events[index] as Event;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    else if (type === EVENT_ID.POP) depth--;
    if (depth === 0) return index + 1;
  }
  return events.length;
}

function startOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  return event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE ? event.start : 0;
}

function countLines(text: string, end: number): number {
  let lines = 0;
  for (let index = text.indexOf('\n'); index >= 0 && index < end; index = text.indexOf('\n', index + 1)) lines++;
  return lines;
}

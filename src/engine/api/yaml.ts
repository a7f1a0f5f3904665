import { boolYaml11Tag, CORE_SCHEMA, intCoreTag, loadAll, mergeTag, YAMLException } from 'js-yaml';
import type { KubernetesObject } from './object.ts';

/** Limits on manifests from strangers; each refusal says which. */
export const MAX_YAML_BYTES = 256 * 1024;
export const MAX_YAML_DEPTH = 64;
export const MAX_YAML_DOCUMENTS = 200;
const MAX_ALIASES = 100;
const MAX_MERGE_KEYS = 10_000;
/** Values that a document may have once its aliases are written out. */
const MAX_VALUES = 50_000;

/** What is wrong with a text, and where (1-based), when that is known. */
export interface ManifestError {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export type Manifests =
  | { readonly objects: KubernetesObject[]; readonly lines: readonly number[] }
  | { readonly error: ManifestError };

/** YAML as kubectl reads it: booleans of YAML 1.1 (`yes`, `on`), octal numbers with a leading zero (`0644`), merge keys. */
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, mergeTag, {
  ...intCoreTag,
  resolve: (source, isExplicit, tagName) =>
    /^[-+]?0[0-7]+$/.test(source) ? Number.parseInt(source, 8) : intCoreTag.resolve(source, isExplicit, tagName),
});

/**
 * Reads manifests: YAML or JSON, one document or many, Lists taken apart. `lines` has the first line of each object.
 * Nothing is taken when anything is wrong.
 */
export function readManifests(text: string): Manifests {
  const bytes = byteLength(text);
  if (bytes > MAX_YAML_BYTES) {
    return fail(`the text has ${Math.ceil(bytes / 1024)} KiB; at most ${MAX_YAML_BYTES / 1024} KiB are read at once`);
  }
  let documents: unknown[];
  try {
    documents = loadAll(text, {
      schema,
      maxDepth: MAX_YAML_DEPTH,
      maxAliases: MAX_ALIASES,
      maxTotalMergeKeys: MAX_MERGE_KEYS,
    });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { line, column } = error.mark ?? {};
    const at = line === undefined || column === undefined ? {} : { line: line + 1, column: column + 1 };
    return fail(`this is not YAML: ${error.reason}`, at.line, at.column);
  }
  if (documents.length > MAX_YAML_DOCUMENTS) {
    return fail(`the text has ${documents.length} documents; at most ${MAX_YAML_DOCUMENTS} are read at once`);
  }
  return collect(documents, documentLines(text));
}

function collect(documents: readonly unknown[], starts: readonly number[]): Manifests {
  const objects: KubernetesObject[] = [];
  const lines: number[] = [];
  for (const [i, document] of documents.entries()) {
    if (document === null || document === undefined) continue;
    const line = starts[i] ?? 1;
    if (countValues(document, MAX_VALUES) > MAX_VALUES) {
      return fail(`the document holds more than ${MAX_VALUES} values once its aliases are written out`, line);
    }
    const entries =
      isRecord(document) && document.kind === 'List' && Array.isArray(document.items) ? document.items : [document];
    for (const entry of entries) {
      const wrong = whatIsMissing(entry);
      if (wrong !== undefined) return fail(wrong, line);
      objects.push(entry as KubernetesObject);
      lines.push(line);
    }
  }
  if (objects.length === 0) return fail('no objects passed to apply');
  return { objects, lines };
}

/** kubectl needs to know what an object is before it can ask the server (cli-runtime/pkg/resource/mapper.go). */
function whatIsMissing(entry: unknown): string | undefined {
  if (!isRecord(entry)) return 'a manifest is a mapping with apiVersion, kind and metadata; this is none';
  if (typeof entry.kind !== 'string' || entry.kind === '') return "Object 'Kind' is missing";
  if (typeof entry.apiVersion !== 'string' || entry.apiVersion === '') return "Object 'apiVersion' is missing";
  const metadata = entry.metadata;
  if (!isRecord(metadata)) return `metadata of ${entry.kind} is missing: an object needs a name`;
  if (typeof metadata.name === 'string' && metadata.name !== '') return undefined;
  if (metadata.generateName !== undefined) return `from ${metadata.generateName}: cannot use generate name with apply`;
  return `metadata.name of ${entry.kind} is missing or no string`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Counts leaves and containers, aliases as often as they occur, and stops just above the limit. */
function countValues(value: unknown, limit: number): number {
  const open = [value];
  let count = 0;
  while (open.length > 0 && count <= limit) {
    const next = open.pop();
    count++;
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner);
  }
  return count;
}

/** First line with content of each document, 1-based; a `---` line starts the next one. */
function documentLines(text: string): number[] {
  const starts: number[] = [];
  let open = true;
  for (const [i, line] of text.split('\n').entries()) {
    if (/^---(\s|$)/.test(line)) {
      if (open && starts.length === 0 && !hasContent(text, i)) open = true;
      else if (open) starts.push(i + 1);
      open = true;
      if (hasInline(line)) {
        starts.push(i + 1);
        open = false;
      }
    } else if (open && line.trim() !== '' && !line.trimStart().startsWith('#')) {
      starts.push(i + 1);
      open = false;
    }
  }
  return starts;
}

const hasInline = (line: string): boolean => /^---\s+[^\s#]/.test(line);

/** Whether anything but comments stands before a line. */
function hasContent(text: string, before: number): boolean {
  const lines = text.split('\n').slice(0, before);
  return lines.some((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
}

function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) bytes += code > 0x7ff ? (code >= 0xd800 && code < 0xe000 ? 1 : 2) : 1;
  }
  return bytes;
}

function fail(message: string, line?: number, column?: number): Manifests {
  return { error: { message, ...(line !== undefined && { line }), ...(column !== undefined && { column }) } };
}

import type { KubernetesObject } from './object.ts';
import { parseYaml, type YamlDocument } from './yaml.ts';

/** What is wrong with a text, and where (from 1), when that is known. */
export interface ManifestError {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export type Manifests =
  /** `sources` has, for each object, the document that it stands in. */
  | { readonly objects: readonly KubernetesObject[]; readonly sources: readonly YamlDocument[] }
  | { readonly error: ManifestError };

/**
 * Reads manifests: YAML or JSON, one document or many, Lists taken apart. Nothing is taken when anything is wrong.
 * Source of the sentences: staging/src/k8s.io/cli-runtime/pkg/resource/{builder,mapper}.go
 */
export function readManifests(text: string): Manifests {
  const { documents, errors } = parseYaml(text);
  const [first] = errors;
  if (first !== undefined) return { error: first };
  const objects: KubernetesObject[] = [];
  const sources: YamlDocument[] = [];
  for (const document of documents) {
    const { value, line } = document;
    if (value === null || value === undefined) continue;
    const entries = isRecord(value) && value.kind === 'List' && Array.isArray(value.items) ? value.items : [value];
    for (const entry of entries) {
      const missing = whatIsMissing(entry);
      if (missing !== undefined) return { error: { message: missing, line, column: 1 } };
      objects.push(entry as KubernetesObject);
      sources.push(document);
    }
  }
  return objects.length === 0 ? { error: { message: 'no objects passed to apply' } } : { objects, sources };
}

/** kubectl needs to know what an object is before it can ask the server for it. */
function whatIsMissing(entry: unknown): string | undefined {
  if (!isRecord(entry)) return 'a manifest is a mapping with apiVersion, kind and metadata; this is none';
  if (typeof entry.kind !== 'string' || entry.kind === '') return "Object 'Kind' is missing";
  if (typeof entry.apiVersion !== 'string' || entry.apiVersion === '') return "Object 'apiVersion' is missing";
  const { metadata, kind } = entry;
  if (!isRecord(metadata)) return `metadata of ${kind} is missing: an object needs a name`;
  if (typeof metadata.name === 'string' && metadata.name !== '') return undefined;
  if (metadata.generateName !== undefined) return `from ${metadata.generateName}: cannot use generate name with apply`;
  return `metadata.name of ${kind} is missing or no string`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

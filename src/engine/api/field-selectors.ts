import type { KubernetesObject } from './object.ts';

export interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly isEqual: boolean;
}

type Read = (object: KubernetesObject) => unknown;

const METADATA: Readonly<Record<string, Read>> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace,
};
const NAME_ONLY: Readonly<Record<string, Read>> = { 'metadata.name': (object) => object.metadata.name };

/** Reads `spec.nodeName` and the like; what is absent reads as ''. */
const at =
  (...path: string[]): Read =>
  (object) => {
    let value: unknown = object;
    for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
    return value;
  };
const paths = (...names: string[]): Record<string, Read> =>
  Object.fromEntries(names.map((name) => [name, at(...name.split('.'))]));

/**
 * Fields that lists and watches can be narrowed by, per kind; all others know name and namespace.
 * Source: pkg/apis/core/v1/conversion.go and each registry's strategy.go
 */
const FIELDS: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  Pod: {
    ...METADATA,
    ...paths(
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ),
    'spec.hostNetwork': (pod) => at('spec', 'hostNetwork')(pod) ?? false,
    'status.podIPs': (pod) =>
      ((at('status', 'podIPs')(pod) as { ip?: string }[] | undefined) ?? []).map((entry) => entry.ip).join(','),
  },
  Event: {
    ...METADATA,
    ...paths(
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'type',
    ),
    source: (event) => at('source', 'component')(event) || at('reportingComponent')(event),
  },
  Node: { ...NAME_ONLY, 'spec.unschedulable': (node) => at('spec', 'unschedulable')(node) ?? false },
  Namespace: { ...NAME_ONLY, ...paths('status.phase') },
  Secret: { ...METADATA, ...paths('type') },
  Service: { ...METADATA, ...paths('spec.clusterIP', 'spec.type') },
};

/**
 * The terms of a field selector for a kind, or upstream's sentence of what is wrong with it.
 * Source: staging/src/k8s.io/apimachinery/pkg/fields/selector.go
 */
export function parseFieldSelector(kind: string, text: string): { terms: readonly FieldTerm[] } | { error: string } {
  const terms: FieldTerm[] = [];
  for (const part of splitTerms(text)) {
    if (part === '') continue;
    const match = /^([^=!]*)(!=|==|=)(.*)$/s.exec(part);
    if (match === null) return { error: `invalid selector: '${text}'; can't understand '${part}'` };
    const [, field = '', sign, value = ''] = match;
    const own = FIELDS[kind];
    if (own !== undefined && !Object.hasOwn(own, field)) return { error: `field label not supported: ${field}` };
    if (own === undefined && !Object.hasOwn(METADATA, field))
      return { error: `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"` };
    terms.push({ field, value: value.replace(/\\([\\,=])/g, '$1'), isEqual: sign !== '!=' });
  }
  return { terms };
}

/** Whether an object has the fields that the terms ask for. */
export function matchesFields(terms: readonly FieldTerm[], object: KubernetesObject): boolean {
  const fields = FIELDS[object.kind] ?? METADATA;
  for (const term of terms) {
    const value = fields[term.field]?.(object);
    if ((String(value ?? '') === term.value) !== term.isEqual) return false;
  }
  return true;
}

/** Commas separate terms, unless a backslash stands before them. */
function splitTerms(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === ',') {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

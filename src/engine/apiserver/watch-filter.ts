import { type FieldTerm, matchesFields, parseFieldSelector } from '../api/field-selectors.ts';
import type { Status } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { matches, parseSelector, type Selector } from '../api/selectors.ts';
import { badRequest } from '../api/status.ts';
import { storageKey, storagePrefix } from '../api/storage-keys.ts';

/** Which objects a list or watch wants to see; plain data. */
export interface WatchFilter {
  readonly namespace: string;
  /** Empty: any labels. */
  readonly labels: NonNullable<Selector>;
  readonly fields: readonly FieldTerm[];
}

type Query = Readonly<Record<string, string>>;
const NO_QUERY: Query = {};

/** The filter of a list or watch; a Status if a selector cannot be read. */
export function filterOf(resource: Resource, namespace: string, query: Query = NO_QUERY): WatchFilter | Status {
  let labels: NonNullable<Selector> = [];
  let fields: readonly FieldTerm[] = [];
  if (query.labelSelector) {
    const parsed = parseSelector(query.labelSelector);
    if ('error' in parsed) return badRequest(parsed.error);
    labels = parsed.selector ?? [];
  }
  if (query.fieldSelector) {
    const parsed = parseFieldSelector(resource.kind, query.fieldSelector);
    if ('error' in parsed) return badRequest(parsed.error);
    fields = parsed.terms;
  }
  return { namespace, labels, fields };
}

export function isWanted(filter: WatchFilter, object: KubernetesObject): boolean {
  if (filter.namespace !== '' && object.metadata.namespace !== filter.namespace) return false;
  if (filter.labels.length > 0 && !matches(filter.labels, object.metadata.labels)) return false;
  return filter.fields.length === 0 || matchesFields(filter.fields, object);
}

/** Whether it lets everything of its namespace pass, so that objects need not be looked at. */
export function hasSelector(filter: WatchFilter): boolean {
  return filter.labels.length > 0 || filter.fields.length > 0;
}

export const nodeTopic = (node: string): string => `node ${node}`;

/**
 * The narrowest index that holds everything that the filter may let pass: one object's key, a node's pods, a namespace
 * of a resource, or the resource.
 */
export function topicOf(resource: Resource, filter: WatchFilter): string {
  for (const { field, value, isEqual } of filter.fields) {
    if (!isEqual) continue;
    if (field === 'metadata.name' && (filter.namespace !== '' || !resource.namespaced)) {
      return storageKey(resource, filter.namespace, value);
    }
    if (field === 'spec.nodeName' && value !== '') return nodeTopic(value);
  }
  const prefix = storagePrefix(resource);
  return filter.namespace === '' ? prefix : `${prefix}${filter.namespace}/`;
}

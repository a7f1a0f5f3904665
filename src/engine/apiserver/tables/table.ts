import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import type { Cell } from './cell.ts';
import { PRINTERS } from './printers.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly format: '' | 'name';
  readonly description: string;
  readonly priority: 0 | 1;
}

export interface TableRow {
  readonly cells: readonly Cell[];
  readonly conditions?: readonly object[];
  readonly object?: object;
}

/** What `kubectl get` asks for: the server decides on columns and cells. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: object;
  readonly columnDefinitions?: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

/** How much of the object travels with its row. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

const TYPES = { i: 'integer', b: 'boolean', d: 'date' } as const;
const SUCCEEDED = [finished('Succeeded', 'The pod has completed successfully.')];
const FAILED = [finished('Failed', 'The pod failed.')];
const known = new Map<string, readonly TableColumn[]>();

/** The columns of a kind; descriptions are left out. */
export function columnsOf(kind: string): readonly TableColumn[] {
  const found = known.get(kind);
  if (found !== undefined) return found;
  const columns = (PRINTERS[kind]?.columns ?? 'Name,Created At:d').split(',').map((text): TableColumn => {
    const priority = text.endsWith('*') ? 1 : 0;
    const [name = '', type] = (priority === 1 ? text.slice(0, -1) : text).split(':');
    const isName = name === 'Name';
    return {
      name,
      type: type === undefined ? 'string' : TYPES[type as keyof typeof TYPES],
      format: isName ? 'name' : '',
      description: '',
      priority,
    };
  });
  known.set(kind, columns);
  return columns;
}

/** One object as a row of its kind's table, with ages relative to `now`. */
export function rowOf(object: KubernetesObject, now: number, include: IncludeObject = 'Metadata'): TableRow {
  const { name, creationTimestamp } = object.metadata;
  const cells = PRINTERS[object.kind]?.cells(object, now) ?? [name, creationTimestamp ?? ''];
  const phase = object.kind === 'Pod' ? (object as { status?: { phase?: string } }).status?.phase : undefined;
  const conditions = phase === 'Succeeded' ? SUCCEEDED : phase === 'Failed' ? FAILED : undefined;
  const row = conditions === undefined ? { cells } : { cells, conditions };
  if (include === 'None') return row;
  return { ...row, object: include === 'Object' ? object : partial(object.metadata) };
}

/** A table of objects of one kind. `metadata` is the list's, or only the resourceVersion of a single object. */
export function tableOf(
  kind: string,
  objects: readonly KubernetesObject[],
  metadata: object,
  now: number,
  include: IncludeObject = 'Metadata',
): Table {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columnsOf(kind),
    rows: objects.map((object) => rowOf(object, now, include)),
  };
}

function partial(metadata: ObjectMeta): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function finished(reason: string, message: string): object {
  return { type: 'Completed', status: 'True', reason, message };
}

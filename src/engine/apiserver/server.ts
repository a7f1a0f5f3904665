import type { ManagedFieldsEntry, Status } from '../api/generated/types.ts';
import type { KubernetesObject, ObjectMeta } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { deepEqual, extended, without } from '../api/share.ts';
import { invalidStatus } from '../api/status.ts';
import { storageKey } from '../api/storage-keys.ts';
import { toRFC3339 } from '../api/time.ts';
import { type Errors, forbidden, tooLong, unsupported } from '../api/validation/field.ts';
import type { KubeletRequest } from '../client/kubelet-api.ts';
import type { ApiRequest } from '../client/messages.ts';
import type { Compare } from '../etcd/messages.ts';
import type { Address, Env } from '../kernel/types.ts';
import type { User } from './authentication.ts';
import type { Writer } from './managed-fields.ts';
import type { Reset } from './patch/compare.ts';
import type { RequestInfo } from './request-info.ts';
import type { ApiServerState } from './state.ts';
import type { Write } from './write.ts';

/** One request, with everything that its handling may look at. */
export interface Handling {
  readonly state: ApiServerState;
  readonly env: Env;
  readonly from: Address;
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly user: User;
  /** What etcd said of some keys a moment ago: newer than the watch cache. Null: the key does not exist. */
  readonly fresh: ReadonlyMap<string, KubernetesObject | null>;
  /** When the request came in. */
  readonly since: number;
  /** 0 at first; more after a write met another one. */
  readonly attempt: number;
  readonly warnings: string[];
}

/** What the handling of a request came to. */
export type Result =
  | Answered
  | Write
  /** It has to know these keys as they are in etcd now. */
  | { readonly type: 'read'; readonly keys: readonly string[] }
  /** The kubelet of a node answers. */
  | {
      readonly type: 'kubelet';
      readonly to: Address;
      readonly question: Omit<KubeletRequest, 'requestId'>;
      /** What an error says before the reason why nobody answers. */
      readonly dial: string;
    }
  /** A list has to wait until the cache is as new as etcd, or needs what etcd had at a revision. */
  | { readonly type: 'list'; readonly revision?: number };

export interface Answered {
  readonly type: 'answer';
  readonly code: number;
  readonly body: unknown;
}

/** Stands in `fresh` when the budget has been charged: a request that runs again does not charge it twice. */
export const CHARGED = 'charged';

export const answer = (code: number, body: unknown): Answered => ({ type: 'answer', code, body });
export const refuse = (status: Status): Answered => ({ type: 'answer', code: status.code as number, body: status });

/** An object as the server knows it: from etcd's last word, its own last write, or the watch cache. */
export function current(handling: Handling, key: string): KubernetesObject | undefined {
  const fresh = handling.fresh.get(key);
  if (fresh !== undefined) return fresh ?? undefined;
  const written = handling.state.written.get(key);
  if (written !== undefined) return written ?? undefined;
  return handling.state.objects.get(key);
}

/** What messages call an object that may not have its whole name yet. */
export function spokenName({ metadata }: KubernetesObject): string {
  return metadata.name || metadata.generateName || '';
}

export function keyOfRequest({ info }: Handling): string {
  return storageKey(info.resource, info.namespace, info.name);
}

export function isDryRun({ request }: Handling): boolean {
  return dryRunOf(request) !== '';
}

/** What `dryRun` says: in the query, or in the options that a DELETE brings as its body. */
function dryRunOf({ method, query, body }: ApiRequest): string {
  const { dryRun } = ((method === 'DELETE' && body) || {}) as { dryRun?: unknown };
  return Array.isArray(dryRun) && dryRun.length > 0 ? String(dryRun[0]) : (query?.dryRun ?? '');
}

/** Why the options of a write make no sense. Source: apimachinery/pkg/apis/meta/v1/validation/validation.go */
export function optionsProblem({ request, info: { verb } }: Handling): Status | undefined {
  const { query, contentType } = request;
  const dryRun = dryRunOf(request);
  const isDeletion = verb.startsWith('delete');
  const errors: Errors = [];
  if (!isDeletion && query !== undefined) {
    const { fieldManager = '', fieldValidation = '', force } = query;
    if (verb === 'patch' && force !== undefined && !contentType?.startsWith('application/apply'))
      forbidden(errors, 'force', 'may not be specified for non-apply patch');
    if (fieldManager.length > MAX_MANAGER) tooLong(errors, 'fieldManager', MAX_MANAGER);
    if (!VALIDATIONS.includes(fieldValidation)) unsupported(errors, 'fieldValidation', fieldValidation, VALIDATIONS);
  }
  if (dryRun !== '' && dryRun !== 'All') unsupported(errors, 'dryRun', [dryRun], ['All']);
  if (errors.length === 0) return undefined;
  const kind = isDeletion ? 'Delete' : `${verb[0]?.toUpperCase()}${verb.slice(1)}`;
  return invalidStatus(`${kind}Options`, 'meta.k8s.io', '', errors);
}

const MAX_MANAGER = 128;
const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/** The comparison that holds as long as nobody else wrote the object. */
export function unchanged(key: string, live: KubernetesObject | undefined): Compare {
  return { key, modRevision: live === undefined ? 0 : Number(live.metadata.resourceVersion) };
}

/** The object without what only readers see. */
export function asStored(object: KubernetesObject): KubernetesObject {
  if (object.metadata.resourceVersion === undefined) return object;
  return extended(object, { metadata: without(object.metadata, 'resourceVersion') });
}

/** Paths that an endpoint never changes. Source: GetResetFields of each pkg/registry/<group>/<resource>/strategy.go */
const STATUS_RESET = resetting(['status']);
const SPEC_RESET = resetting(['spec']);
const DEPLOYMENT_STATUS_RESET = resetting(['spec'], ['labels']);
const POD_STATUS_RESET = resetting(['spec'], ['deletionTimestamp', 'ownerReferences']);
const NO_RESET = resetting([]);

export function resetting(fields: readonly string[], metadata: readonly string[] = []): Reset {
  return { fields: new Set(fields), metadata: new Set(metadata) };
}

function resetOf(resource: Resource, subresource: string): Reset {
  if (subresource === 'status') {
    if (resource.kind === 'Deployment') return DEPLOYMENT_STATUS_RESET;
    return resource.kind === 'Pod' ? POD_STATUS_RESET : SPEC_RESET;
  }
  return resource.subresources.some(({ name }) => name === 'status') ? STATUS_RESET : NO_RESET;
}

/** Who the books say has written. Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go */
export function writerOf({ request, info, env }: Handling, operation: Writer['operation'] = 'Update'): Writer {
  const { agent } = request;
  const slash = agent.indexOf('/');
  const manager = request.query?.fieldManager || (slash < 0 ? agent : agent.slice(0, slash)) || 'unknown';
  const writer: Writer = {
    manager,
    operation,
    time: toRFC3339(env.wallNow),
    reset: resetOf(info.resource, info.subresource),
  };
  return info.subresource === '' ? writer : extended(writer, { subresource: info.subresource });
}

/** Whether a write would change nothing but the times in managedFields. */
export function isSameObject(a: KubernetesObject, b: KubernetesObject): boolean {
  if (a === b) return true;
  const left = a as unknown as Record<string, unknown>;
  const right = b as unknown as Record<string, unknown>;
  for (const field in left) {
    if (field !== 'metadata' && left[field] !== right[field] && !deepEqual(left[field], right[field])) return false;
  }
  for (const field in right) if (right[field] !== undefined && left[field] === undefined) return false;
  return a.metadata === b.metadata || isSameMetadata(a.metadata, b.metadata);
}

function isSameMetadata(a: ObjectMeta, b: ObjectMeta): boolean {
  const left = a as unknown as Record<string, unknown>;
  const right = b as unknown as Record<string, unknown>;
  for (const field in left) {
    if (field === 'managedFields' || field === 'resourceVersion') continue;
    if (!deepEqual(left[field], right[field])) return false;
  }
  for (const field in right) {
    if (field === 'managedFields' || field === 'resourceVersion') continue;
    if (right[field] !== undefined && left[field] === undefined) return false;
  }
  return haveSameFields(a.managedFields ?? [], b.managedFields ?? []);
}

function haveSameFields(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((entry, i) => {
    const other = b[i] as ManagedFieldsEntry;
    return (
      entry === other ||
      (entry.manager === other.manager &&
        entry.operation === other.operation &&
        entry.subresource === other.subresource &&
        deepEqual(entry.fieldsV1, other.fieldsV1))
    );
  });
}

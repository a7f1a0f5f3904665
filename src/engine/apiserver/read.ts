import type { Status } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { badRequest, expired, notFound, tooLargeResourceVersion, untypedError } from '../api/status.ts';
import { storagePrefix } from '../api/storage-keys.ts';
import type { ApiRequest } from '../client/messages.ts';
import type { RangeResponse } from '../etcd/messages.ts';
import { changesAfter, knownTo } from './history.ts';
import { listOptionsProblem, readToken, versionProblem, wantsExact, writeToken } from './list-options.ts';
import { type Form, negotiate } from './negotiation.ts';
import { answer, current, type Handling, keyOfRequest, type Result, refuse } from './server.ts';
import type { ApiServerState } from './state.ts';
import { type IncludeObject, tableOf } from './tables/table.ts';
import { existing } from './watch.ts';
import { filterOf, hasSelector, isWanted, type WatchFilter } from './watch-filter.ts';

/** GET of one object: from etcd, unless the client takes what the cache has. */
export function get(handling: Handling): Result {
  const { info, request, state, fresh } = handling;
  const key = keyOfRequest(handling);
  const version = request.query?.resourceVersion ?? '';
  if (version === '' && !fresh.has(key)) return { type: 'read', keys: [key] };
  const problem = versionProblem(version);
  if (problem !== undefined) return refuse(untypedError(problem));
  const known = knownTo(state, storagePrefix(info.resource));
  if (version !== '' && version !== '0' && Number(version) > known) {
    // Another server may have told it: this one looks how far etcd is.
    if (handling.attempt === 0) return { type: 'list' };
    return refuse(tooLargeResourceVersion(Number(version), known));
  }
  const object = current(handling, key);
  if (object === undefined) return refuse(notFound(info.resource, info.name));
  return answer(200, shown(handling, object));
}

/** An object in the form that the client asked for. */
function shown({ request, env }: Handling, object: KubernetesObject): unknown {
  if (negotiate(request.accept) !== 'table') return object;
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return tableOf(
    object.kind,
    [object],
    metadata,
    env.wallNow,
    request.query?.includeObject as IncludeObject | undefined,
  );
}

/**
 * GET of a collection. Without a resourceVersion the list must hold everything written before: the cache is asked when
 * etcd has said how far it is. Source: staging/src/k8s.io/apiserver/pkg/storage/cacher/delegator.go
 */
export function list(handling: Handling): Result {
  const { info, request, state, attempt, env } = handling;
  const query = request.query ?? {};
  const problem = listOptionsProblem(query);
  if (problem !== undefined) return refuse(problem);
  const filter = filterOf(info.resource, info.namespace, query);
  if ('kind' in filter) return refuse(filter);
  const version = query.resourceVersion ?? '';
  const known = knownTo(state, storagePrefix(info.resource));
  const moment = momentOf(query, version);
  if ('kind' in moment) return refuse(moment);
  let { revision } = moment;
  let found: readonly KubernetesObject[] | undefined;
  if (revision > 0) {
    // What the cache remembers no more, or has not seen yet, etcd knows.
    if (revision <= known) found = existingAt(state, info.resource, filter, revision);
    if (found === undefined && attempt === 0) return { type: 'list', revision };
    found ??= listedBefore(handling, filter);
  } else {
    if (version === '' && attempt === 0 && !query.continue) return { type: 'list' };
    if (Number(version) > known) {
      if (attempt === 0) return { type: 'list' };
      return refuse(tooLargeResourceVersion(Number(version), known));
    }
    revision = known;
    found = existing(state, info.resource, filter);
  }
  const { start } = moment;
  if (start !== '') found = found.filter((object) => nameInCollection(object, filter) >= start);
  const form = negotiate(request.accept);
  const include = query.includeObject as IncludeObject | undefined;
  // A list from the cache, however old, comes in one piece.
  const limit = version === '0' && start === '' ? 0 : Number(query.limit) || 0;
  const metadata: Record<string, unknown> = { resourceVersion: String(revision) };
  if (limit > 0 && found.length > limit) {
    const last = found[limit - 1] as KubernetesObject;
    metadata.continue = writeToken({ revision, start: `${nameInCollection(last, filter)}\u0000` });
    if (!hasSelector(filter)) metadata.remainingItemCount = found.length - limit;
    found = found.slice(0, limit);
  }
  return answer(200, listBody(info.resource, found, metadata, form, env.wallNow, include));
}

/** Of which revision a list has to be (0 and less: of now), and where it begins. Source: storage/interfaces.go (ValidateListOptions) */
function momentOf(query: Query, version: string): { revision: number; start: string } | Status {
  if (query.continue) {
    const token = readToken(query.continue);
    if (typeof token === 'string') return badRequest(`invalid continue token: ${token}`);
    if (version === '' || version === '0') return token;
    return badRequest('specifying resource version is not allowed when using continue');
  }
  const problem = versionProblem(version);
  if (problem !== undefined) return badRequest(`invalid resource version: ${problem}`);
  return { revision: wantsExact(query) ? Number(version) : 0, start: '' };
}

type Query = NonNullable<ApiRequest['query']>;

/** What etcd said of a past moment. */
function listedBefore({ fresh, info }: Handling, filter: WatchFilter): KubernetesObject[] {
  const found = [...fresh.values()].filter((object) => object !== null && isWanted(filter, object));
  return (found as KubernetesObject[]).sort((a, b) => (keyIn(info.resource, a) < keyIn(info.resource, b) ? -1 : 1));
}

/** Why etcd has no list of a revision. Source: staging/src/k8s.io/apiserver/pkg/storage/etcd3/errors.go */
export function pastProblem({ query = {} }: ApiRequest, wanted: number, { error, revision }: RangeResponse): Status {
  if (error?.endsWith('future revision')) return tooLargeResourceVersion(wanted, revision, 0);
  const token = readToken(query.continue ?? '');
  if (typeof token === 'string') return expired('The resourceVersion for the provided list is too old.');
  const { start } = token;
  return { ...expired(TOKEN_EXPIRED), metadata: { continue: writeToken({ revision: -1, start }) } };
}

const TOKEN_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

export function listBody(
  { kind, apiVersion }: Resource,
  objects: readonly KubernetesObject[],
  metadata: object,
  form: Form,
  now: number,
  include: IncludeObject | undefined,
): object {
  if (form === 'table') return tableOf(kind, objects, metadata, now, include);
  const items = form === 'protobuf' ? objects : objects.map(withoutKind);
  return { kind: `${kind}List`, apiVersion, metadata, items };
}

/** Items of a JSON list say their kind only once, in the list's. */
function withoutKind({ kind: _kind, apiVersion: _version, ...rest }: KubernetesObject): object {
  return rest;
}

/** The objects of a list as they were at a revision; undefined if that is too long ago. */
function existingAt(
  state: ApiServerState,
  resource: Resource,
  filter: WatchFilter,
  revision: number,
): KubernetesObject[] | undefined {
  const changes = changesAfter(state, storagePrefix(resource), revision);
  if (changes === undefined) return undefined;
  const found = existing(state, resource, filter);
  if (changes.length === 0) return found;
  const before = new Map<string, KubernetesObject | undefined>();
  for (const { key, old } of changes) if (!before.has(key)) before.set(key, old);
  const changed = new Set([...before.keys()].map((key) => key.slice(key.lastIndexOf('/') + 1)));
  const kept = found.filter((object) => !changed.has(object.metadata.name) || !before.has(keyIn(resource, object)));
  for (const old of before.values()) if (old !== undefined && isWanted(filter, old)) kept.push(old);
  return kept.sort((a, b) => (keyIn(resource, a) < keyIn(resource, b) ? -1 : 1));
}

function keyIn(resource: Resource, { metadata }: KubernetesObject): string {
  const prefix = storagePrefix(resource);
  return metadata.namespace === undefined ? prefix + metadata.name : `${prefix}${metadata.namespace}/${metadata.name}`;
}

function nameInCollection({ metadata }: KubernetesObject, filter: WatchFilter): string {
  if (metadata.namespace === undefined || filter.namespace !== '') return metadata.name;
  return `${metadata.namespace}/${metadata.name}`;
}

import { decode } from '../api/decode.ts';
import type { DeleteOptions, Namespace, Pod, Status } from '../api/generated/types.ts';
import type { KubernetesObject, ObjectMeta } from '../api/object.ts';
import { badRequest, conflict, forbidden, invalidStatus, notFound, success } from '../api/status.ts';
import { storageKeyOf } from '../api/storage-keys.ts';
import { integerProblem, isFlagSet } from '../api/strconv.ts';
import { fromRFC3339, toRFC3339 } from '../api/time.ts';
import { validateDeleteOptions } from '../api/validation/index.ts';
import { listOptionsProblem } from './list-options.ts';
import { listBody } from './read.ts';
import {
  answer,
  asStored,
  current,
  type Handling,
  isDryRun,
  keyOfRequest,
  type Result,
  refuse,
  unchanged,
} from './server.ts';
import { existing } from './watch.ts';
import { filterOf } from './watch-filter.ts';
import type { Write } from './write.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
/** Namespaces that are there for ever. Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);
/** Kinds whose deletion answers with the object, not with a Status. Source: ReturnDeletedObject of each storage.go */
const RETURNED: ReadonlySet<string> = new Set(['Pod', 'ResourceQuota', 'Service', 'ServiceAccount']);

/** DELETE of one object. Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (Delete) */
export function remove(handling: Handling): Result {
  const { info } = handling;
  const { resource, name } = info;
  if (resource.kind === 'Namespace' && IMMORTAL.has(name)) {
    return refuse(forbidden(resource, name, 'this namespace may not be deleted'));
  }
  const options = readOptions(handling);
  if ('kind' in options && options.kind === 'Status') return refuse(options as Status);
  const key = keyOfRequest(handling);
  const live = current(handling, key);
  if (live === undefined) return refuse(notFound(resource, name));
  return removeObject(handling, key, live, options as DeleteOptions);
}

/** Marks an object as going, or takes it away at once, as its kind, its finalizers and the options say. */
export function removeObject(handling: Handling, key: string, live: KubernetesObject, options: DeleteOptions): Result {
  const refused = checkPreconditions(live, options);
  if (refused !== undefined) return refuse(refused);
  const now = handling.env.wallNow;
  const decision = live.kind === 'Namespace' ? endOfNamespace(live as Namespace, now) : decide(live, options, now);
  if (decision.step === 'pending') return answer(200, live);
  if (isDryRun(handling)) return answer(200, decision.step === 'remove' ? live : decision.object);
  if (decision.step === 'remove') {
    return {
      type: 'write',
      code: 200,
      compare: [unchanged(key, live)],
      operations: [{ op: 'delete', key }],
      ...deletedAnswer(handling, live),
    };
  }
  const stored = asStored(decision.object);
  const mark: Write = {
    type: 'write',
    code: 200,
    compare: [unchanged(key, live)],
    operations: [{ op: 'put', key, value: stored }],
    object: stored,
  };
  return decision.step === 'markAndRemove' ? { ...mark, ...deletedAnswer(handling, stored), thenDelete: true } : mark;
}

function deletedAnswer({ info }: Handling, object: KubernetesObject): Pick<Write, 'object' | 'body'> {
  if (RETURNED.has(object.kind)) return { object: asStored(object) };
  const { group, plural } = info.resource;
  const { name, uid } = object.metadata;
  return { body: success(undefined, { name, ...(group !== '' && { group }), kind: plural, uid }) };
}

/**
 * DELETE of a collection: one object after the other, each on its own terms and at its own revision.
 * Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (DeleteCollection, with its one worker)
 */
export function removeCollection(handling: Handling): Result {
  const { state, info, request, env } = handling;
  const problem = listOptionsProblem(request.query ?? {});
  if (problem !== undefined) return refuse(problem);
  const filter = filterOf(info.resource, info.namespace, request.query);
  if ('kind' in filter) return refuse(filter);
  const options = readOptions(handling);
  if ('kind' in options && options.kind === 'Status') return refuse(options as Status);
  const found = existing(state, info.resource, filter);
  const metadata = { resourceVersion: String(state.revision) };
  const body = listBody(info.resource, found, metadata, 'json', env.wallNow, undefined);
  const writes: Write[] = [];
  for (const listed of found) {
    const key = storageKeyOf(listed) as string;
    const live = current(handling, key);
    if (live === undefined) continue;
    const decision = decide(live, options as DeleteOptions, env.wallNow);
    if (decision.step === 'pending') continue;
    const value = 'object' in decision ? asStored(decision.object) : undefined;
    writes.push({
      type: 'write',
      code: 200,
      compare: [unchanged(key, live)],
      operations: [value === undefined ? { op: 'delete', key } : { op: 'put', key, value }],
      ...(decision.step === 'markAndRemove' && { thenDelete: true }),
    });
  }
  const [first] = writes;
  if (first === undefined || isDryRun(handling)) return answer(200, body);
  return { ...first, body, series: { writes, at: 0 } };
}

function readOptions(handling: Handling): DeleteOptions | Status {
  const options = decodeOptions(handling);
  const errors = 'status' in options ? [] : validateDeleteOptions(options);
  return errors.length > 0 ? invalidStatus('DeleteOptions', 'meta.k8s.io', '', errors) : options;
}

/** DeleteOptions from the body, or from the query where there is none. */
function decodeOptions({ request }: Handling): DeleteOptions | Status {
  const { body, query = {} } = request;
  if (body !== undefined && body !== null && body !== '') {
    const { apiVersion } = body as { apiVersion?: unknown };
    const version = typeof apiVersion === 'string' ? apiVersion : 'v1';
    const slash = version.indexOf('/');
    const group = slash < 0 ? '' : version.slice(0, slash);
    const decoded = decode({ group, version: version.slice(slash + 1), kind: 'DeleteOptions' }, body);
    return 'status' in decoded ? decoded.status : (decoded.object as unknown as DeleteOptions);
  }
  const grace = query.gracePeriodSeconds;
  const problem = grace === undefined ? undefined : integerProblem(grace);
  if (problem !== undefined) return badRequest(problem);
  return {
    ...(grace !== undefined && { gracePeriodSeconds: Number(grace) }),
    ...(query.propagationPolicy !== undefined && { propagationPolicy: query.propagationPolicy }),
    ...(query.orphanDependents !== undefined && { orphanDependents: isFlagSet(query.orphanDependents) }),
  } as DeleteOptions;
}

/** Source: staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go (BeforeDelete) */
function checkPreconditions(live: KubernetesObject, { preconditions }: DeleteOptions): Status | undefined {
  if (preconditions === undefined) return undefined;
  const { name, uid, resourceVersion } = live.metadata;
  const kind = { group: '', plural: live.kind };
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    const detail = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    return conflict(kind, name, detail);
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const detail = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    return conflict(kind, name, detail);
  }
  return undefined;
}

type Decision =
  /** It is on its way out already, and this request changes nothing. */
  | { readonly step: 'pending' }
  | { readonly step: 'remove' }
  /** It stays, terminating, until its grace period or its finalizers are over. */
  | { readonly step: 'mark'; readonly object: KubernetesObject }
  /** Watchers see it terminate without grace, and then go. */
  | { readonly step: 'markAndRemove'; readonly object: KubernetesObject };

function decide(live: KubernetesObject, options: DeleteOptions, now: number): Decision {
  const graceful = live.kind === 'Pod' ? gracefully(live as Pod, options, now) : undefined;
  if (graceful === 'pending') return { step: 'pending' };
  const finalizers = finalizersAfter(live.metadata.finalizers ?? NONE, options);
  const before = graceful ?? live.metadata;
  const waits = finalizers.length > 0;
  if (graceful === undefined && !waits) return { step: 'remove' };
  const metadata = withFinalizers(graceful ?? markedAsDeleting(before, now), finalizers);
  const object = { ...live, metadata };
  if (waits) return isSameMark(live.metadata, metadata) ? { step: 'pending' } : { step: 'mark', object };
  return (metadata.deletionGracePeriodSeconds ?? 0) > 0 ? { step: 'mark', object } : { step: 'markAndRemove', object };
}

const NONE: readonly string[] = [];

/** The metadata of a pod that is given time to end; undefined if it is to go without. */
function gracefully(pod: Pod, options: DeleteOptions, now: number): ObjectMeta | 'pending' | undefined {
  const { metadata } = pod;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp !== undefined) {
    // It may only be made to go faster.
    if (!deletionGracePeriodSeconds) return undefined;
    const wanted = options.gracePeriodSeconds;
    if (wanted === undefined || wanted >= deletionGracePeriodSeconds) return 'pending';
    const at = fromRFC3339(deletionTimestamp) + (wanted - deletionGracePeriodSeconds) * 1000;
    return { ...metadata, deletionTimestamp: toRFC3339(at), deletionGracePeriodSeconds: wanted };
  }
  const grace = podGrace(pod, options);
  return {
    ...metadata,
    deletionTimestamp: toRFC3339(now + grace * 1000),
    deletionGracePeriodSeconds: grace,
    ...(metadata.generation && { generation: metadata.generation + 1 }),
  };
}

/** Source: pkg/registry/core/pod/strategy.go (CheckGracefulDelete) */
function podGrace({ spec, status }: Pod, options: DeleteOptions): number {
  let grace = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 0;
  if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') grace = 0;
  return grace < 0 ? 1 : grace;
}

function markedAsDeleting(metadata: ObjectMeta, now: number): ObjectMeta {
  const first = metadata.deletionGracePeriodSeconds === undefined;
  return {
    ...metadata,
    deletionTimestamp: metadata.deletionTimestamp ?? toRFC3339(now),
    deletionGracePeriodSeconds: 0,
    ...(first && metadata.generation && { generation: metadata.generation + 1 }),
  };
}

/** Finalizers that make the garbage collector act, as the options, or else the object, ask for. */
function finalizersAfter(finalizers: readonly string[], options: DeleteOptions): readonly string[] {
  const { propagationPolicy, orphanDependents } = options;
  let orphan: boolean;
  let foreground: boolean;
  if (orphanDependents !== undefined) {
    orphan = orphanDependents;
    foreground = false;
  } else if (propagationPolicy !== undefined) {
    orphan = propagationPolicy === 'Orphan';
    foreground = propagationPolicy === 'Foreground';
  } else {
    orphan = finalizers.includes(ORPHAN);
    foreground = finalizers.includes(FOREGROUND);
  }
  if (orphan === finalizers.includes(ORPHAN) && foreground === finalizers.includes(FOREGROUND)) return finalizers;
  const rest = finalizers.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (orphan) rest.push(ORPHAN);
  if (foreground) rest.push(FOREGROUND);
  return rest;
}

function withFinalizers(metadata: ObjectMeta, finalizers: readonly string[]): ObjectMeta {
  if (finalizers === metadata.finalizers) return metadata;
  if (finalizers.length > 0) return { ...metadata, finalizers: finalizers as string[] };
  const { finalizers: _none, ...rest } = metadata;
  return rest;
}

function isSameMark(a: ObjectMeta, b: ObjectMeta): boolean {
  return (
    a.deletionTimestamp === b.deletionTimestamp &&
    a.deletionGracePeriodSeconds === b.deletionGracePeriodSeconds &&
    a.finalizers === b.finalizers
  );
}

/** A namespace ends in two steps: first it terminates; it goes when its own finalizers are empty. */
function endOfNamespace(namespace: Namespace, now: number): Decision {
  if (namespace.metadata.deletionTimestamp === undefined) {
    const metadata = { ...namespace.metadata, deletionTimestamp: toRFC3339(now) };
    return {
      step: 'mark',
      object: { ...namespace, metadata, status: { ...namespace.status, phase: 'Terminating' } } as Namespace,
    };
  }
  const left = (namespace.spec.finalizers ?? []).length + (namespace.metadata.finalizers ?? []).length;
  return { step: left > 0 ? 'pending' : 'remove' };
}

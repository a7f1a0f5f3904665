import { RESOURCES, type Resource, resourceAt } from '../api/resources.ts';
import { isFlagSet } from '../api/strconv.ts';
import type { ApiRequest } from '../client/messages.ts';

/** '': a method that no resource has. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | '';

/** What a request asks for, as authorization and routing see it. */
export interface RequestInfo {
  readonly verb: Verb;
  readonly resource: Resource;
  /** '' at the scope of the cluster, and for a list over all namespaces. */
  readonly namespace: string;
  /** '' for a collection. */
  readonly name: string;
  /** '' for the object itself. */
  readonly subresource: string;
}

/** A path that names no resource: discovery, health, or something unknown. */
export interface OtherPath {
  readonly path: string;
  /** The path is under a served group version, which knows no such resource. */
  readonly underVersion: boolean;
}

export function isResourceRequest(info: RequestInfo | OtherPath): info is RequestInfo {
  return 'resource' in info;
}

/** Reads a request's path. Source: staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go */
export function requestInfo(request: ApiRequest): RequestInfo | OtherPath {
  const { path } = request;
  let target = known.get(path);
  if (target === undefined) {
    const found = targetOf(path);
    if ('path' in found) return found;
    target = found;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(path, target);
  }
  const { resource, namespace, name, subresource } = target;
  return { verb: verbOf(request, name), resource, namespace, name, subresource };
}

type Target = Omit<RequestInfo, 'verb'>;
/** Paths that were asked for lately: events, leases and statuses come again and again. */
const known = new Map<string, Target>();
const MAX_KNOWN = 1000;

function targetOf(path: string): Target | OtherPath {
  const parts = path.split('/');
  let at: number;
  let apiVersion: string;
  if (parts[1] === 'api') {
    apiVersion = parts[2] ?? '';
    at = 3;
  } else if (parts[1] === 'apis') {
    apiVersion = `${parts[2] ?? ''}/${parts[3] ?? ''}`;
    at = 4;
  } else return { path, underVersion: false };
  let namespace = '';
  // `/namespaces/<name>` is the namespace itself; with something behind it, what is in it.
  if (parts[at] === 'namespaces' && parts.length > at + 2 && !isNamespacePart(parts[at + 2])) {
    namespace = parts[at + 1] ?? '';
    at += 2;
  }
  const resource = resourceAt(apiVersion, parts[at] ?? '');
  const misplaced = namespace !== '' && resource?.namespaced === false;
  if (resource === undefined || misplaced || parts.length > at + 3) {
    return { path, underVersion: parts.length > at && SERVED.has(apiVersion) };
  }
  const name = decodePart(parts[at + 1] ?? '');
  const subresource = parts[at + 2] ?? '';
  return { resource, namespace, name, subresource };
}

function isNamespacePart(part: string | undefined): boolean {
  return part === 'finalize' || part === 'status' || part === '';
}

const SERVED: ReadonlySet<string> = new Set(RESOURCES.map((resource) => resource.apiVersion));

function decodePart(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    // Not an escape: there is no such name, and the answer will say so.
    return part;
  }
}

function verbOf(request: ApiRequest, name: string): Verb {
  switch (request.method) {
    case 'GET':
      if (name !== '') return 'get';
      return isFlagSet(request.query?.watch) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return '';
  }
}

import { methodNotAllowed, unknownResource } from '../api/status.ts';
import type { ApiRequest } from '../client/messages.ts';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  openApiIndex,
  rootPaths,
  VERSION,
} from './discovery.ts';
import { negotiate } from './negotiation.ts';
import type { OtherPath } from './request-info.ts';

/** Answers what is not about a resource: discovery, health, version. */
export function answerOtherPath(
  request: ApiRequest,
  { path, underVersion }: OtherPath,
): { code: number; body: unknown } {
  const document = documentAt(path.replace(/\/$/, ''), request);
  if (document !== undefined && request.method === 'GET') return { code: 200, body: document };
  if (document !== undefined || underVersion) {
    const status = document === undefined ? unknownResource() : methodNotAllowed();
    return { code: status.code as number, body: status };
  }
  return { code: 404, body: '404 page not found\n' };
}

function documentAt(path: string, { accept }: ApiRequest): unknown {
  const aggregated = negotiate(accept) === 'discovery';
  switch (path) {
    case '':
      return rootPaths();
    case '/api':
      return aggregated ? aggregatedDiscovery('/api') : apiVersions();
    case '/apis':
      return aggregated ? aggregatedDiscovery('/apis') : apiGroupList();
    case '/version':
      return VERSION;
    case '/openapi/v3':
      return openApiIndex();
  }
  const [, root, first, second, ...rest] = path.split('/');
  if (rest.length > 0) return undefined;
  if (root === 'api' && second === undefined) return apiResourceList(first ?? '');
  if (root !== 'apis' || first === undefined) return undefined;
  return second === undefined ? apiGroup(first) : apiResourceList(`${first}/${second}`);
}

import type { Status } from '../../api/generated/types.ts';
import { forbidden } from '../../api/status.ts';
import type { ApiRequest } from '../../client/messages.ts';
import { nodeOf, type User } from '../authentication.ts';
import type { RequestInfo } from '../request-info.ts';
import type { ApiServerState } from '../state.ts';
import { isAllowedForNode } from './node.ts';
import { isAllowedByRoles } from './rbac.ts';

/** Asks the authorizers in turn: masters, Node, RBAC. A Status says that nobody allows it. */
export function authorize(
  state: ApiServerState,
  user: User,
  info: RequestInfo,
  request: ApiRequest,
): Status | undefined {
  if (user.groups.includes('system:masters')) return undefined;
  const selector = request.query?.fieldSelector;
  const asked = selector === undefined ? info : withSelectedName(info, selector);
  const node = nodeOf(user);
  if (node !== undefined && isAllowedForNode(state.objects, node, asked, selector)) return undefined;
  if (isAllowedByRoles(state.objects, state.policyVersion, user, asked)) return undefined;
  return refusal(user, asked);
}

const NAME = /(?:^|,)metadata\.name==?([^,]+)/;

/** A list or watch of one object by its name counts as a request for that object. */
function withSelectedName(info: RequestInfo, selector: string): RequestInfo {
  const name = info.name === '' ? NAME.exec(selector)?.[1] : undefined;
  return name === undefined ? info : { ...info, name };
}

/** Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go */
function refusal(user: User, { verb, resource, subresource, namespace, name }: RequestInfo): Status {
  const asked = JSON.stringify(subresource === '' ? resource.plural : `${resource.plural}/${subresource}`);
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const sentence = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${asked} in API group "${resource.group}" ${scope}`;
  return forbidden(resource, name, sentence);
}

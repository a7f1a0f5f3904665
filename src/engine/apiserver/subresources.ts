import { methodNotAllowed, unknownResource } from '../api/status.ts';
import { bind } from './binding.ts';
import { evict } from './eviction.ts';
import { askKubelet } from './kubelet-proxy.ts';
import { patch } from './patch-request.ts';
import { get } from './read.ts';
import type { RequestInfo } from './request-info.ts';
import { scale } from './scale.ts';
import { type Handling, type Result, refuse } from './server.ts';
import { update } from './update.ts';

/** A request to a part of an object. */
export function handleSubresource(handling: Handling): Result {
  const { info } = handling;
  const known = info.resource.subresources.find(({ name }) => name === info.subresource);
  if (known === undefined) return refuse(unknownResource());
  if (!known.verbs.includes(info.verb)) return refuse(methodNotAllowed());
  switch (info.subresource) {
    case 'resize':
      if (info.verb !== 'get') break;
      return get(handling);
    case 'status':
    case 'finalize':
    case 'ephemeralcontainers':
      if (info.verb === 'get') return get(handling);
      return info.verb === 'update' ? update(handling) : patch(handling);
    case 'scale':
      return scale(handling);
    case 'binding':
      return bind(handling);
    case 'eviction':
      return evict(handling);
    case 'log':
      return askKubelet(handling, 'logs');
    case 'exec':
      return askKubelet(handling, 'exec');
  }
  return refuse(methodNotAllowed(notModelled(info)));
}

/** Of a subresource that a real server has: why there is nothing behind it here. */
function notModelled({ resource, subresource }: RequestInfo): string {
  let why = 'there are no streaming connections here';
  if (subresource === 'token') why = 'who asks is taken at its word here, without tokens';
  if (subresource === 'resize')
    why =
      'the resources of a running pod cannot be changed here; change them in the template of its controller, or delete the pod and create it anew';
  return `${resource.plural}/${subresource} is not modelled: ${why}`;
}

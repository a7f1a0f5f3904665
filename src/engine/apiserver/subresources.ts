import { methodNotAllowed, unknownResource } from '../api/status.ts';
import { bind } from './binding.ts';
import { evict } from './eviction.ts';
import { askKubelet } from './kubelet-proxy.ts';
import { patch } from './patch-request.ts';
import { get } from './read.ts';
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
    case 'status':
    case 'finalize':
    case 'resize':
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
    default:
      return refuse(unknownResource());
  }
}

import { methodNotAllowed, unknownResource } from '../api/status.ts';
import { bind } from './binding.ts';
import { evict } from './eviction.ts';
import { askKubelet } from './kubelet-proxy.ts';
import { patch } from './patch-request.ts';
import { get } from './read.ts';
import { scale } from './scale.ts';
import { type Handling, type Result, refuse } from './server.ts';
import { update } from './update.ts';

const STREAMS = 'there are no streaming connections here';

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
  const what = `${info.resource.plural}/${info.subresource}`;
  return refuse(methodNotAllowed(`${what} is not modelled: ${NOT_MODELLED[info.subresource]}`));
}

/** Subresources that a real server has, and why there is nothing behind them here. */
const NOT_MODELLED: Readonly<Record<string, string>> = {
  resize:
    'the resources of a running pod cannot be changed here; change them in the template of its controller, or delete the pod and create it anew',
  attach: STREAMS,
  portforward: STREAMS,
  proxy: STREAMS,
  token: 'who asks is taken at its word here, without tokens',
};

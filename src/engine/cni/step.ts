import type { CniAdd, CniResult } from '../cri/cni.ts';
import { type Effect, type Step, send } from '../kernel/types.ts';
import type { CniMessage, CniState } from './state.ts';

/** veth pair, routes and address: what the plugin's binaries take, in ms. */
const ADD_MS = 40;
const DEL_MS = 20;

/**
 * The CNI plugin that kind configures: ptp with host-local addresses, handed out in ascending order after the last one.
 * Source: containernetworking/plugins plugins/ipam/host-local/backend/allocator, kubernetes-sigs/kind images/kindnetd.
 */
export const step: Step<CniState, CniMessage> = (state, message) => {
  const { body } = message;
  switch (body.type) {
    case 'cniAdd':
      return [send(message.from, add(state, body), { delayMs: ADD_MS })];
    case 'cniDel': {
      state.addresses.delete(body.containerId);
      const done: CniResult = { type: 'cniResult', reply: true, requestId: body.requestId };
      return [send(message.from, done, { delayMs: DEL_MS })];
    }
    default:
      return NOTHING;
  }
};

const NOTHING: Effect[] = [];

function add(state: CniState, { requestId, containerId, subnet }: CniAdd): CniResult {
  const [base = '', bits = '24'] = subnet.split('/');
  const size = 2 ** (32 - Number(bits));
  // The last number is the broadcast address.
  for (let tried = 0, n = state.lastReserved; tried < size; tried++) {
    n = n + 1 >= size - 1 ? 2 : n + 1;
    const ip = numbered(base, n);
    if (state.addresses.keysBy('ip', ip).size > 0) continue;
    state.addresses.set(containerId, ip);
    state.lastReserved = n;
    return { type: 'cniResult', reply: true, requestId, ip, gateway: numbered(base, 1) };
  }
  const error = `plugin type="ptp" failed (add): failed to allocate for range 0: no IP addresses available in range set: ${numbered(base, 1)}-${numbered(base, size - 2)}`;
  return { type: 'cniResult', reply: true, requestId, error };
}

function numbered(base: string, n: number): string {
  let value = 0;
  for (const part of base.split('.')) value = value * 256 + Number(part);
  value += n;
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

export function view(state: CniState): object {
  return { addresses: state.addresses.size, lastReserved: state.lastReserved };
}

import type { Node } from '../api/generated/types.ts';
import { receive, startInformers } from '../client/index.ts';
import type { CniConfig } from '../cri/cni.ts';
import { type Body, type Effect, type Step, send } from '../kernel/types.ts';
import type { KindnetState } from './state.ts';

/** Once the node has a podCIDR, writes the CNI configuration. Source: kubernetes-sigs/kind images/kindnetd/cmd/kindnetd. */
export const step: Step<KindnetState, Body> = (state, message, env) => {
  if (message.body.type === 'start') return startInformers(state.client, env);
  const received = receive(state.client, message, env);
  if (!received) return [];
  const effects: Effect[] = [...received.effects];
  for (const { type, object } of received.deltas) {
    const podCIDR = (object as unknown as Node).spec?.podCIDR ?? '';
    if (type === 'delete' || podCIDR === '' || podCIDR === state.podCIDR) continue;
    state.podCIDR = podCIDR;
    const config: CniConfig = { type: 'cniConfig', subnet: podCIDR };
    effects.push(send(`containerd@${env.host}`, config, { periodic: false }));
  }
  return effects;
};

export function view({ podCIDR }: KindnetState): object {
  return { podCIDR };
}

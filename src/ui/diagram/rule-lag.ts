import { mirror } from '../store/mirror.ts';

/** What a kube-proxy's view says about how far its rules are behind what it has heard. */
interface ProxyView {
  readonly lagMs?: number;
}

/** How long a node's rules have been behind, in virtual ms; 0 when they are up to date or nothing is known. */
export function lagOf(node: string): number {
  const view = mirror.component(`kube-proxy@${node}`)?.view as ProxyView | undefined;
  return view?.lagMs ?? 0;
}

import type { Pod } from '../../engine/api/generated/types.ts';
import type { ComponentView } from '../../engine/door.ts';

/** A pull as containerd's view lists it. */
interface Pull {
  readonly image: string;
  /** Quarters of it that have arrived; -1 before the first bytes. */
  readonly quarter?: number;
}

/** How much of an image that the pod waits for has arrived: 0 to 1, -1 when unknown; undefined when nothing is pulled for it. */
export function pullOf(containerd: ComponentView | undefined, pod: Pod): number | undefined {
  const pulls = (containerd?.view as { pulls?: readonly Pull[] } | undefined)?.pulls;
  if (pulls === undefined || pulls.length === 0) return undefined;
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const pull = pulls.find(({ image }) => all.some((container) => isSameImage(container.image ?? '', image)));
  if (pull === undefined) return undefined;
  return pull.quarter === undefined ? -1 : Math.max(0, pull.quarter) / 4;
}

/** `nginx:1.27` is `docker.io/library/nginx:1.27`. */
function isSameImage(short: string, full: string): boolean {
  return short === full || full.endsWith(`/${short}`) || full.endsWith(`/${short}:latest`);
}

import type { Container } from '../api/generated/types.ts';

/**
 * Hash of a container's name and image: a change of either replaces the running container.
 * Source: pkg/kubelet/container/helpers.go (HashContainer)
 */
export function hashOf(container: Container): string {
  return fnv(`${container.name} ${container.image ?? ''}`);
}

function fnv(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}

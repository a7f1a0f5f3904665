import type { Container } from '../api/generated/types.ts';

const hashes = new WeakMap<Container, string>();

/**
 * Hash of a container's name and image: a change of either replaces the running container.
 * Source: pkg/kubelet/container/helpers.go (HashContainer)
 */
export function hashOf(container: Container): string {
  let hash = hashes.get(container);
  if (hash === undefined) {
    hash = fnv(`${container.name} ${container.image ?? ''}`);
    hashes.set(container, hash);
  }
  return hash;
}

function fnv(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}

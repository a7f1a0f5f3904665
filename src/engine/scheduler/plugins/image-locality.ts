import { MAX_NODE_SCORE, type Plugin } from '../framework.ts';

const MIB = 1024 * 1024;
const MIN_BYTES = 23 * MIB;
const MAX_BYTES_PER_CONTAINER = 1000 * MIB;

/**
 * Prefers nodes that already have the pod's images; an image that is spread widely counts more.
 * Source: pkg/scheduler/framework/plugins/imagelocality/image_locality.go
 */
export const imageLocality = (): Plugin => ({
  name: 'ImageLocality',
  score({ shape, cache }, { slots, count }, out) {
    out.fill(0, 0, count);
    const maxBytes = MAX_BYTES_PER_CONTAINER * shape.containerCount;
    let isPresent = false;
    for (const image of shape.images) {
      const sizes = cache.images.get(image);
      if (sizes === undefined) continue;
      isPresent = true;
      const spread = sizes.size / cache.nodeCount;
      for (let i = 0; i < count; i++) {
        const size = sizes.get(slots[i]!);
        if (size !== undefined) out[i]! += Math.trunc(size * spread);
      }
    }
    if (!isPresent) return;
    for (let i = 0; i < count; i++) {
      const bytes = Math.min(Math.max(out[i]!, MIN_BYTES), maxBytes);
      out[i] = Math.trunc((MAX_NODE_SCORE * (bytes - MIN_BYTES)) / (maxBytes - MIN_BYTES));
    }
  },
});

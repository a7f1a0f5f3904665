/** 32-bit FNV-1a of a string: seeds streams and links from their names. */
export function hash32(text: string, seed = 0x811c9dc5): number {
  let h = seed >>> 0;
  for (let i = 0; i < text.length; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
}

/** One mixing round of mulberry32: a number in [0, 1) for a 32-bit position. */
export function mix(position: number): number {
  let t = (position + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** A stream of numbers whose position is part of the cluster value. */
export interface Stream {
  position: number;
}

export function draw(stream: Stream): number {
  const value = mix(stream.position);
  stream.position = (stream.position + 0x6d2b79f5) | 0;
  return value;
}

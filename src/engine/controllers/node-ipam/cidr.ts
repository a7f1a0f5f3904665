/** An IPv4 range; `size` is its number of addresses. */
export interface Range {
  readonly first: number;
  readonly size: number;
}

/** The range of a text such as `10.244.0.0/16`; undefined for IPv6. */
export function parseRange(text: string): Range | undefined {
  const [address = '', bits = '32'] = text.split('/');
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  const size = 2 ** (32 - Number(bits));
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  return { first: value - (value % size), size };
}

export function formatBlock(range: Range, index: number, blockSize: number): string {
  const value = range.first + index * blockSize;
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
  return `${parts.join('.')}/${32 - Math.log2(blockSize)}`;
}

/** Number of the block of `range` in which `block` begins; undefined outside. */
export function blockIndex(range: Range, block: Range, blockSize: number): number | undefined {
  const index = Math.floor((block.first - range.first) / blockSize);
  return index >= 0 && index < range.size / blockSize ? index : undefined;
}

/**
 * SHA-256, small and synchronous: the engine has no access to the platform's asynchronous one.
 * Kubernetes uses it for the names of kube-proxy's chains, images have it as digest.
 */

const BLOCK_BYTES = 64;
const ROUND_CONSTANTS = firstPrimes(64).map((prime) => fractionBits(Math.cbrt(prime)));
const START = firstPrimes(8).map((prime) => fractionBits(Math.sqrt(prime)));
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Digest of the UTF-8 form of `text`, 32 bytes. */
function sha256(text: string): Uint8Array {
  const data = padded(utf8(text));
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let offset = 0; offset < data.length; offset += BLOCK_BYTES) mixBlock(state, words, data, offset);
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = (state[i >> 2] as number) >>> (24 - (i & 3) * 8);
  return digest;
}

/** Digest of `text` as 64 lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  let out = '';
  for (const byte of sha256(text)) out += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16);
  return out;
}

/** The first `length` characters of the digest of `text` in standard base32 (A-Z2-7). */
export function sha256Base32(text: string, length: number): string {
  const digest = sha256(text);
  let out = '';
  let bits = 0;
  let held = 0;
  for (let i = 0; out.length < length && i < digest.length; i++) {
    held = ((held << 8) | (digest[i] as number)) & 0xffff;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      bits -= 5;
      out += BASE32[(held >> bits) & 31];
    }
  }
  return out;
}

function mixBlock(state: Int32Array, w: Int32Array, data: Uint8Array, offset: number): void {
  for (let i = 0; i < 16; i++) {
    const at = offset + i * 4;
    w[i] =
      ((data[at] as number) << 24) |
      ((data[at + 1] as number) << 16) |
      ((data[at + 2] as number) << 8) |
      (data[at + 3] as number);
  }
  for (let i = 16; i < 64; i++) {
    const early = w[i - 15] as number;
    const late = w[i - 2] as number;
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND_CONSTANTS[i] as number) + (w[i] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const mixed = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = ((state[i] as number) + (mixed[i] as number)) | 0;
}

function rotate(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits));
}

function padded(bytes: number[]): Uint8Array {
  const data = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  data.set(bytes);
  data[bytes.length] = 0x80;
  const bitLength = bytes.length * 8;
  for (let i = 0; i < 4; i++) data[data.length - 1 - i] = bitLength >>> (i * 8);
  return data;
}

function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

function fractionBits(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
}

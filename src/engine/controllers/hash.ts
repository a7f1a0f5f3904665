const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Hash of a pod template for `pod-template-hash` and `controller-revision-hash`: FNV-1a of 32 bits in upstream's
 * alphabet without vowels. Upstream hashes a dump of the Go struct with its type names, so the real value differs; what
 * holds here too is that equal templates get equal hashes.
 * Source: pkg/controller/controller_utils.go (ComputeHash), staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go
 */
export function computeHash(template: unknown, collisionCount: number | undefined): string {
  let hash = hashValue(0x811c9dc5, template);
  if (collisionCount !== undefined) hash = hashText(hash, `#${collisionCount}`);
  return encode(String(hash >>> 0));
}

/** Each byte becomes a letter that cannot spell a bad word. */
function encode(digits: string): string {
  let text = '';
  for (let i = 0; i < digits.length; i++) text += ALPHABET[digits.charCodeAt(i) % ALPHABET.length];
  return text;
}

/** Keys in order, so that the order in which a template was written does not matter. */
function hashValue(hash: number, value: unknown): number {
  if (typeof value !== 'object' || value === null) return hashText(hash, JSON.stringify(value) ?? '');
  if (Array.isArray(value)) {
    let next = hashText(hash, '[');
    for (const item of value) next = hashText(hashValue(next, item), ',');
    return hashText(next, ']');
  }
  const record = value as Record<string, unknown>;
  let next = hashText(hash, '{');
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) next = hashText(hashValue(hashText(next, key), record[key]), ',');
  }
  return hashText(next, '}');
}

function hashText(hash: number, text: string): number {
  let next = hash;
  for (let i = 0; i < text.length; i++) next = Math.imul(next ^ text.charCodeAt(i), 0x01000193);
  return next;
}

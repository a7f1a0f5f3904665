import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Base32, sha256Hex } from './sha256.ts';

describe('sha256', () => {
  it('agrees with the platform for every length around the block size, and beyond ASCII', () => {
    for (let length = 0; length < 200; length++) {
      const text = 'é🙂x'.repeat(length).slice(0, length);
      const wellFormed = [...text].filter((c) => c.length === 2 || c < '\ud800').join('');
      expect(sha256Hex(wellFormed)).toBe(createHash('sha256').update(wellFormed, 'utf8').digest('hex'));
    }
  });

  it('writes base32 as kube-proxy does', () => {
    expect(sha256Base32('ns1/svc1:p80tcp', 16)).toBe('XPGD46QRK7WJZT7O');
    expect(sha256Base32('default/kubernetes:httpstcp', 16)).toBe('NPX46M4PTMTKRN6Y');
  });
});

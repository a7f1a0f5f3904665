import { describe, expect, it } from 'vitest';
import { canonicalName, type ImageReference, parseImageReference } from './image-reference.ts';
import { imageDigest, imageNamed, pullError } from './images.ts';

function reference(text: string): ImageReference {
  const parsed = parseImageReference(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.reference;
}

describe('image references', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['polinux/stress', 'docker.io/polinux/stress:latest'],
    ['registry.k8s.io/pause:3.10.1', 'registry.k8s.io/pause:3.10.1'],
    ['localhost:5000/a/b:x', 'localhost:5000/a/b:x'],
    [`nginx@sha256:${'a'.repeat(64)}`, `docker.io/library/nginx@sha256:${'a'.repeat(64)}`],
  ])('%s is %s', (text, full) => {
    expect(canonicalName(reference(text))).toBe(full);
  });

  it.each([
    ['<your-private-image>', 'invalid reference format'],
    ['Nginx', 'invalid reference format: repository name (library/Nginx) must be lowercase'],
    ['nginx:', 'invalid reference format'],
    ['nginx: 1.27', 'invalid reference format'],
    ['nginx@sha256:abc', 'invalid reference format'],
    ['', 'invalid reference format'],
    ['f'.repeat(64), `invalid repository name (${'f'.repeat(64)}), cannot specify 64-byte hexadecimal strings`],
  ])('%s is refused', (text, error) => {
    expect(parseImageReference(text)).toEqual({ ok: false, error });
  });
});

describe('registries', () => {
  it.each([
    'nginx',
    'nginx:1.14.2',
    'nginx:1.16.1',
    'nginx:1.29-alpine',
    'busybox:1.28',
    'busybox:1.28.4-glibc',
    'redis:5.0.4',
    'perl:5.34.0',
    'registry.k8s.io/kube-apiserver:v1.35.6',
    'registry.k8s.io/coredns/coredns:v1.13.1',
    'quay.io/fluentd_elasticsearch/fluentd:v5.0.1',
    'ghcr.io/someone/something:whatever',
  ])('have %s', (text) => {
    expect(pullError(reference(text))).toBeUndefined();
  });

  it('lack a version that nobody published, and a word that is none', () => {
    expect(pullError(reference('nginx:1.161'))).toEqual({
      code: 'NotFound',
      message:
        'failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found',
    });
    expect(pullError(reference('nginx:bad'))?.message).toContain('nginx:bad: not found');
    expect(pullError(reference('example/does-not-exist:1'))?.message).toContain('pull access denied');
  });
});

describe('the catalogue', () => {
  it('knows old registry names and falls back to a plain default', () => {
    expect(imageNamed('k8s.gcr.io/pause:3.1').name).toBe('registry.k8s.io/pause');
    expect(imageNamed('docker.io/library/nginx').ports).toEqual([80]);
    expect(imageNamed('ghcr.io/someone/something').known).toBe(false);
    expect(imageNamed('constructor').known).toBe(false);
  });

  it('gives one digest per reference', () => {
    expect(imageDigest(reference('nginx:1.27'))).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(imageDigest(reference('nginx:1.27'))).toBe(imageDigest(reference('docker.io/library/nginx:1.27')));
    expect(imageDigest(reference('nginx:1.27'))).not.toBe(imageDigest(reference('nginx:1.26')));
  });
});

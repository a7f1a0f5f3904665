import { sha256Hex } from '../kernel/sha256.ts';
import { catalogueImage } from './catalogue.ts';
import { clusterImage } from './cluster-images.ts';
import { type Image, UNKNOWN_IMAGE } from './image.ts';
import { canonicalName, type ImageReference, parseImageReference } from './image-reference.ts';

export type { HttpKind, Image } from './image.ts';

const built = new Map<string, Image>();
// Words that a repository may carry as tag beside versions.
const TAG_WORDS = new Set(
  'latest stable mainline edge main master alpine slim bookworm trixie bullseye buster jessie stretch jammy noble focal bionic glibc musl uclibc apache fpm cli'.split(
    ' ',
  ),
);
const VERSION = /^v?(\d+)(?:\.(\d+))?(?:[.-].*)?$/;

/** The catalogue's entry for a reference; a plain long-running default (`known: false`) for any other image. */
export function imageOf(reference: ImageReference): Image {
  const name = familiarName(reference);
  let image = built.get(name);
  if (image) return image;
  image = clusterImage(name) ?? catalogueImage(name);
  if (image) built.set(name, image);
  return image ?? UNKNOWN_IMAGE;
}

/**
 * Why a registry does not have an image, as containerd words it; undefined if it has. A repository whose name begins with
 * `does-not-exist` is in no registry. Of a known image a tag exists if it is a usual word (`latest`, `alpine`) or a
 * version not newer than the newest known one of the same major: `nginx:1.161` and `nginx:bad` do not. Of an unknown image
 * every tag exists, and so does every digest.
 */
export function pullError(reference: ImageReference): PullError | undefined {
  const { domain, path, tag, digest } = reference;
  const full = canonicalName(reference);
  if (path.slice(path.lastIndexOf('/') + 1).startsWith('does-not-exist')) {
    if (domain !== 'docker.io') return unresolved('NotFound', full, `${full}: not found`);
    return unresolved(
      'Unknown',
      full,
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    );
  }
  if (digest !== '' || hasTag(imageOf(reference), tag)) return undefined;
  return unresolved('NotFound', full, `${full}: not found`);
}

/** The error of a registry that cannot be reached. */
export function registryDown(reference: ImageReference): PullError {
  const host = reference.domain === 'docker.io' ? 'registry-1.docker.io' : reference.domain;
  const url = `https://${host}/v2/${reference.path}/manifests/${reference.digest || reference.tag}`;
  return unresolved(
    'Unavailable',
    canonicalName(reference),
    `failed to do request: Head "${url}": dial tcp: lookup ${host}: i/o timeout`,
  );
}

/** A failed call: the status code of gRPC and the text behind it. */
export interface PullError {
  readonly code: string;
  readonly message: string;
}

function unresolved(code: string, full: string, why: string): PullError {
  return {
    code,
    message: `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${why}`,
  };
}

/** The digest under which a registry serves an image: made from its name, as there is no content to hash. */
export function imageDigest(reference: ImageReference): string {
  if (reference.digest !== '') return reference.digest;
  const full = canonicalName(reference);
  let digest = digests.get(full);
  if (!digest) {
    digest = `sha256:${sha256Hex(full)}`;
    digests.set(full, digest);
  }
  return digest;
}

/** `nginx` for docker.io/library/nginx; old and mirrored registries count as the one that they copy. */
function familiarName({ domain, path }: ImageReference): string {
  if (domain === 'docker.io') return path.startsWith('library/') ? path.slice(8) : path;
  if (domain === 'k8s.gcr.io') return `registry.k8s.io/${path}`;
  if (domain === 'gcr.io' && /^google[-_]containers\//.test(path)) return `registry.k8s.io/${path.slice(18)}`;
  if (domain === 'public.ecr.aws' && path.startsWith('docker/library/')) return path.slice(15);
  return `${domain}/${path}`;
}

/** Shorthand for callers that hold the text of a valid reference. */
export function imageNamed(text: string): Image {
  const parsed = parseImageReference(text);
  return parsed.ok ? imageOf(parsed.reference) : UNKNOWN_IMAGE;
}

/** `1.27` of a tag `v1.27-alpine`, the newest known version for `latest`. */
export function versionOf(image: Image, tag: string): string {
  const version = /^v?(\d[\d.]*)/.exec(tag);
  if (version) return version[1] as string;
  return image.versions.split(' ')[0] ?? '';
}

const digests = new Map<string, string>();

function hasTag(image: Image, tag: string): boolean {
  if (image.versions === '') return true;
  const version = VERSION.exec(tag);
  if (!version) return TAG_WORDS.has(tag) || TAG_WORDS.has(tag.split('-')[0] as string);
  const [, major, minor = '0'] = version;
  return image.versions.split(' ').some((newest) => {
    const [newestMajor, newestMinor = '0'] = newest.split('.');
    return newestMajor === major && Number(minor) <= Number(newestMinor);
  });
}

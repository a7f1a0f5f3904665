/** A parsed image reference, e.g. `nginx:1.27` = docker.io / library/nginx / 1.27. */
export interface ImageReference {
  /** Registry host, `docker.io` when none was written. */
  readonly domain: string;
  /** Repository inside the registry, with `library/` added where Docker Hub does. */
  readonly path: string;
  /** `latest` when neither tag nor digest was written; empty if there is only a digest. */
  readonly tag: string;
  /** `sha256:...`, or empty. */
  readonly digest: string;
}

export type ParsedImageReference =
  | { readonly ok: true; readonly reference: ImageReference }
  | { readonly ok: false; readonly error: string };

const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const DOMAIN =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const HEX_64 = /^[a-f0-9]{64}$/;
const NAME_MAX = 255;

const parsed = new Map<string, ParsedImageReference>();
const PARSED_MAX = 1000;

/**
 * Reads an image reference as the kubelet and containerd do; `error` is what follows `couldn't parse image name "x": `.
 * Source: distribution/reference (normalize.go, regexp.go), kubernetes/pkg/kubelet/images/image_manager.go.
 */
export function parseImageReference(text: string): ParsedImageReference {
  let found = parsed.get(text);
  if (!found) {
    found = parse(text);
    // Only a cache; emptied rather than aged because a run seldom knows more than a few dozen images.
    if (parsed.size >= PARSED_MAX) parsed.clear();
    parsed.set(text, found);
  }
  return found;
}

/** The full form that containerd uses, e.g. `docker.io/library/nginx:1.27`. */
export function canonicalName(reference: ImageReference): string {
  const name = `${reference.domain}/${reference.path}`;
  const tagged = reference.tag === '' ? name : `${name}:${reference.tag}`;
  return reference.digest === '' ? tagged : `${tagged}@${reference.digest}`;
}

function parse(text: string): ParsedImageReference {
  if (HEX_64.test(text)) return refuse(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  const at = text.indexOf('@');
  const digest = at < 0 ? '' : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const slash = named.indexOf('/');
  const first = named.slice(0, slash);
  const hasDomain = slash > 0 && (first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase());
  const domain = hasDomain ? first : 'docker.io';
  const rest = hasDomain ? named.slice(slash + 1) : named;
  const colon = rest.indexOf(':');
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? '' : rest.slice(colon + 1);
  const path = domain === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository;

  if (path !== path.toLowerCase())
    return refuse(`invalid reference format: repository name (${path}) must be lowercase`);
  const wellFormed =
    DOMAIN.test(domain) &&
    path.split('/').every((component) => PATH_COMPONENT.test(component)) &&
    (colon < 0 || TAG.test(tag)) &&
    (at < 0 || DIGEST.test(digest));
  if (!wellFormed) return refuse('invalid reference format');
  if (domain.length + path.length + 1 > NAME_MAX) return refuse('repository name must not be more than 255 characters');
  return { ok: true, reference: { domain, path, tag: tag === '' && digest === '' ? 'latest' : tag, digest } };
}

function refuse(error: string): ParsedImageReference {
  return { ok: false, error };
}

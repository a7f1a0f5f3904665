/** The name of one object in the whole cluster, as frames use it: `Pod/default/web-1`, `Node//kind-worker`. */
export function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

export interface KeyParts {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The undoing of `keyOf`. */
export function splitKey(key: string): KeyParts {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  return { kind: key.slice(0, first), namespace: key.slice(first + 1, second), name: key.slice(second + 1) };
}

export const componentOf = (address: string): string => {
  const at = address.indexOf('@');
  return at < 0 ? address : address.slice(0, at);
};

export const hostOf = (address: string): string => address.slice(address.indexOf('@') + 1);

/** Who asks, after authentication. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

const NODE = 'system:node:';
const SERVICE_ACCOUNT = 'system:serviceaccount:';
/** What a certificate's organisation adds. Source: cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go */
const CERTIFICATE_GROUPS: Readonly<Record<string, string>> = {
  'kubernetes-admin': 'kubeadm:cluster-admins',
  'kubernetes-super-admin': 'system:masters',
  'system:apiserver': 'system:masters',
};
const MAX_KNOWN = 20_000;
const known = new Map<string, User>();

/** The user that a request's credentials name, with the groups that follow from them. */
export function userOf(name: string): User {
  let user = known.get(name);
  if (user === undefined) {
    user = { name: name || 'system:anonymous', groups: groupsOf(name) };
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, user);
  }
  return user;
}

/** The node whose kubelet asks; undefined for everybody else. */
export function nodeOf(user: User): string | undefined {
  return user.name.startsWith(NODE) ? user.name.slice(NODE.length) : undefined;
}

function groupsOf(name: string): string[] {
  if (name === '' || name === 'system:anonymous') return ['system:unauthenticated'];
  const all = 'system:authenticated';
  if (name.startsWith(NODE)) return ['system:nodes', all];
  if (name.startsWith(SERVICE_ACCOUNT)) {
    const namespace = name.slice(SERVICE_ACCOUNT.length).split(':')[0];
    return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, all];
  }
  const group = CERTIFICATE_GROUPS[name];
  return group === undefined ? [all] : [group, all];
}

import type { PolicyRule, Subject } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Table } from '../../kernel/table.ts';
import type { User } from '../authentication.ts';
import type { RequestInfo } from '../request-info.ts';

const ROLES = '/registry/roles/';
const CLUSTER_ROLES = '/registry/clusterroles/';
const CLUSTER_BINDINGS = '/registry/clusterrolebindings/';
const BINDINGS = '/registry/rolebindings/';

interface RoleObject extends KubernetesObject {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: object;
}

interface BindingObject extends KubernetesObject {
  readonly subjects?: readonly Subject[];
  readonly roleRef: { readonly kind: string; readonly name: string };
}

/** What one user may do: everywhere, and in single namespaces. */
interface Grants {
  readonly everywhere: PolicyRule[];
  readonly inNamespace: Map<string, PolicyRule[]>;
  /** What is allowed, as far as it was asked for; with the object's name where that counts. */
  readonly known: Set<string>;
}

interface Policy {
  version: number;
  readonly byUser: Map<string, Grants>;
}

/** Derived from the roles and bindings in the watch cache, and thrown away when one of them changes. */
const policies = new WeakMap<Table<KubernetesObject>, Policy>();
const MAX_KNOWN = 2000;

/**
 * Whether the roles bound to a user or its groups allow a request.
 * Source: plugin/pkg/auth/authorizer/rbac/rbac.go
 */
export function isAllowedByRoles(
  objects: Table<KubernetesObject>,
  version: number,
  user: User,
  info: RequestInfo,
): boolean {
  let policy = policies.get(objects);
  if (policy === undefined || policy.version !== version) {
    policy = { version, byUser: new Map() };
    policies.set(objects, policy);
  }
  let grants = policy.byUser.get(user.name);
  if (grants === undefined) {
    grants = grantsOf(objects, user);
    policy.byUser.set(user.name, grants);
  }
  const { verb, resource, subresource } = info;
  // A namespace is looked at as if it were inside itself.
  const namespace = resource.kind === 'Namespace' && info.name !== '' ? info.name : info.namespace;
  const question = `${verb} ${resource.group}/${resource.plural}/${subresource} ${namespace}`;
  if (grants.known.has(question)) return true;
  // A component renews its own Lease again and again.
  const byName = info.name === '' ? '' : `${question}/${info.name}`;
  if (grants.known.has(byName)) return true;
  if (covers(grants, info, namespace, false)) return learn(grants, question);
  return byName !== '' && covers(grants, info, namespace, true) && learn(grants, byName);
}

function learn({ known }: Grants, question: string): true {
  if (known.size >= MAX_KNOWN) known.clear();
  known.add(question);
  return true;
}

/** Whether a change of this object changes what anybody may do. */
export function isPolicy(key: string): boolean {
  return (
    key.startsWith(ROLES) ||
    key.startsWith(CLUSTER_ROLES) ||
    key.startsWith(CLUSTER_BINDINGS) ||
    key.startsWith(BINDINGS)
  );
}

function covers(grants: Grants, info: RequestInfo, namespace: string, byName: boolean): boolean {
  const name = byName ? info.name : undefined;
  if (grants.everywhere.some((rule) => matches(rule, info, name))) return true;
  const local = namespace === '' ? undefined : grants.inNamespace.get(namespace);
  return local?.some((rule) => matches(rule, info, name)) ?? false;
}

/** Without a name only rules that hold for every name match. */
function matches(rule: PolicyRule, { verb, resource, subresource }: RequestInfo, name: string | undefined): boolean {
  if (!includes(rule.verbs, verb) || !includes(rule.apiGroups, resource.group)) return false;
  const names = rule.resourceNames;
  if (names !== undefined && names.length > 0 && (name === undefined || !names.includes(name))) return false;
  const { resources = [] } = rule;
  if (subresource === '') return includes(resources, resource.plural);
  return (
    resources.includes('*') ||
    resources.includes(`${resource.plural}/${subresource}`) ||
    resources.includes(`*/${subresource}`)
  );
}

function includes(list: readonly string[] | undefined | null, wanted: string): boolean {
  return list !== undefined && list !== null && (list.includes(wanted) || list.includes('*'));
}

function grantsOf(objects: Table<KubernetesObject>, user: User): Grants {
  const grants: Grants = { everywhere: [], inNamespace: new Map(), known: new Set() };
  for (const key of objects.keysBy('collection', CLUSTER_BINDINGS)) {
    const binding = objects.get(key) as BindingObject;
    if (isBoundTo(binding, user, '')) grants.everywhere.push(...rulesOf(objects, binding, ''));
  }
  for (const key of objects.keysBy('resource', BINDINGS)) {
    const binding = objects.get(key) as BindingObject;
    const namespace = binding.metadata.namespace ?? '';
    if (!isBoundTo(binding, user, namespace)) continue;
    const rules = grants.inNamespace.get(namespace) ?? [];
    rules.push(...rulesOf(objects, binding, namespace));
    grants.inNamespace.set(namespace, rules);
  }
  return grants;
}

function isBoundTo(binding: BindingObject, user: User, namespace: string): boolean {
  for (const subject of binding.subjects ?? []) {
    switch (subject.kind) {
      case 'User':
        if (subject.name === user.name) return true;
        break;
      case 'Group':
        if (user.groups.includes(subject.name)) return true;
        break;
      case 'ServiceAccount':
        if (user.name === `system:serviceaccount:${subject.namespace || namespace}:${subject.name}`) return true;
        break;
    }
  }
  return false;
}

function rulesOf(
  objects: Table<KubernetesObject>,
  { roleRef }: BindingObject,
  namespace: string,
): readonly PolicyRule[] {
  const key = roleRef.kind === 'ClusterRole' ? CLUSTER_ROLES + roleRef.name : `${ROLES}${namespace}/${roleRef.name}`;
  return (objects.get(key) as RoleObject | undefined)?.rules ?? [];
}

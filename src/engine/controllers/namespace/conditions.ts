import type { Namespace, NamespaceCondition } from '../../api/generated/types.ts';

/** What is left in a namespace, by resource and by finalizer. */
export interface Remains {
  readonly resources: ReadonlyMap<string, number>;
  readonly finalizers: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
}

export const NOTHING_LEFT: Remains = { resources: new Map(), finalizers: new Map(), failures: [] };

/**
 * The five conditions that tell how far a namespace's end has come. Undefined when it has them.
 * Source: pkg/controller/namespace/deletion/status_condition_utils.go
 */
export function conditionsFor(namespace: Namespace, remains: Remains, now: string): NamespaceCondition[] | undefined {
  const wanted = [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      'False',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    contentFailure(remains.failures),
    contentRemaining(remains.resources),
    finalizersRemaining(remains.finalizers),
  ];
  const conditions = [...(namespace.status?.conditions ?? [])];
  let hasChanged = false;
  for (const next of wanted) {
    const at = conditions.findIndex((old) => old.type === next.type);
    const old = conditions[at];
    if (old?.status === next.status && old.reason === next.reason && old.message === next.message) continue;
    hasChanged = true;
    const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : now;
    if (at < 0) conditions.push({ ...next, lastTransitionTime });
    else conditions[at] = { ...next, lastTransitionTime };
  }
  return hasChanged ? conditions : undefined;
}

function contentFailure(failures: readonly string[]): NamespaceCondition {
  const type = 'NamespaceDeletionContentFailure';
  if (failures.length === 0) {
    return condition(
      type,
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    );
  }
  const message = `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`;
  return condition(type, 'True', 'ContentDeletionFailed', message);
}

function contentRemaining(resources: ReadonlyMap<string, number>): NamespaceCondition {
  const type = 'NamespaceContentRemaining';
  if (resources.size === 0) return condition(type, 'False', 'ContentRemoved', 'All content successfully removed');
  const parts = [...resources].map(([resource, count]) => `${resource} has ${count} resource instances`).sort();
  return condition(type, 'True', 'SomeResourcesRemain', `Some resources are remaining: ${parts.join(', ')}`);
}

function finalizersRemaining(finalizers: ReadonlyMap<string, number>): NamespaceCondition {
  const type = 'NamespaceFinalizersRemaining';
  if (finalizers.size === 0) {
    return condition(type, 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished');
  }
  const parts = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
  const message = `Some content in the namespace has finalizers remaining: ${parts.join(', ')}`;
  return condition(type, 'True', 'SomeFinalizersRemain', message);
}

function condition(type: string, status: string, reason: string, message: string): NamespaceCondition {
  return { type, status, reason, message };
}

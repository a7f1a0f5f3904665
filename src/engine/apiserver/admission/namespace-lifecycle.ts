import type { Namespace } from '../../api/generated/types.ts';
import { resourceOfBareKind } from '../../api/resources.ts';
import { forbidden, notFound } from '../../api/status.ts';
import { current, spokenName } from '../server.ts';
import type { Plugin } from './plugin.ts';

const NAMESPACES = '/registry/namespaces/';

/**
 * Nothing comes into a namespace that is not there or on its way out.
 * Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go
 */
export const namespaceLifecycle: Plugin = (handling, verb, object) => {
  const { resource, namespace } = handling.info;
  if (!resource.namespaced || verb !== 'create') return { object };
  const key = NAMESPACES + namespace;
  const found = current(handling, key) as Namespace | undefined;
  if (found === undefined) {
    // The cache may not have seen it yet.
    if (!handling.fresh.has(key)) return { keys: [key] };
    return { status: notFound(resourceOfBareKind('Namespace') as never, namespace) };
  }
  if (found.status?.phase !== 'Terminating') return { object };
  const detail = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  const causes = [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }];
  return { status: forbidden(resource, spokenName(object), detail, causes) };
};

import type { ConfigMap, Namespace } from '../../api/generated/types.ts';
import { type Call, isSuccess } from '../../client/messages.ts';
import { type Controller, type ControllerContext, DONE, type Outcome } from '../controller.ts';
import type { InformerName } from '../informers.ts';
import { isNamespaceTerminating } from '../pod-control.ts';

const ACCOUNT = 'default';
const ROOT_CA = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
/** Connections have no TLS here: the bundle is a stand-in that says so. */
const BUNDLE = '-----BEGIN CERTIFICATE-----\n(no certificates in this cluster)\n-----END CERTIFICATE-----\n';

/** A controller that keeps one object in every active namespace; its keys are namespaces. */
function keepInEveryNamespace(
  names: Pick<Controller, 'name' | 'serviceAccount'>,
  informer: InformerName,
  object: string,
  check: (namespace: string, context: ControllerContext) => Call | undefined,
): Controller {
  return {
    ...names,
    watches: ['namespaces', informer],
    workers: 5,
    create: () => ({}),
    observe(_state, { informer: from, object: { metadata }, type }, context) {
      if (from === 'namespaces') {
        if (type !== 'delete') context.enqueue(metadata.name);
      } else if (metadata.name === object && type !== 'add' && metadata.namespace !== undefined) {
        context.enqueue(metadata.namespace);
      }
    },
    sync(_state, key, context): Outcome {
      const namespace = context.store<Namespace>('namespaces').get(key);
      if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return DONE;
      if (namespace.status?.phase === 'Terminating') return DONE;
      const what = check(key, context);
      return what ? { calls: [what], progress: key } : DONE;
    },
    resume(_state, _key, _progress, [answer]) {
      // It is there already, or the namespace began to end: both are fine.
      if (answer === undefined || isSuccess(answer) || answer.status === 409 || isNamespaceTerminating(answer))
        return DONE;
      return { retry: String(answer.status) };
    },
  };
}

/**
 * Keeps the `default` ServiceAccount in every active namespace.
 * Source: pkg/controller/serviceaccount/serviceaccounts_controller.go
 */
export const serviceAccountController = keepInEveryNamespace(
  { name: 'serviceaccount-controller', serviceAccount: 'service-account-controller' },
  'serviceaccounts',
  ACCOUNT,
  (namespace, context) => {
    if (context.store('serviceaccounts').has(`${namespace}/${ACCOUNT}`)) return undefined;
    const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace } };
    return { method: 'POST', path: `/api/v1/namespaces/${namespace}/serviceaccounts`, body };
  },
);

/**
 * Keeps the ConfigMap `kube-root-ca.crt` in every active namespace.
 * Source: pkg/controller/certificates/rootcacertpublisher/publisher.go
 */
export const rootCAPublisher = keepInEveryNamespace(
  { name: 'root-ca-certificate-publisher-controller', serviceAccount: 'root-ca-cert-publisher' },
  'configmaps',
  ROOT_CA,
  (namespace, context) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const annotations = { 'kubernetes.io/description': DESCRIPTION };
    const data = { 'ca.crt': BUNDLE };
    const current = context.store<ConfigMap>('configmaps').get(`${namespace}/${ROOT_CA}`);
    if (current === undefined) {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: ROOT_CA, namespace, annotations }, data };
      return { method: 'POST', path, body };
    }
    const isSame = Object.keys(current.data ?? {}).length === 1 && current.data?.['ca.crt'] === BUNDLE;
    if (isSame && current.metadata.annotations?.['kubernetes.io/description'] !== undefined) return undefined;
    const metadata = { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } };
    return { method: 'PUT', path: `${path}/${ROOT_CA}`, body: { ...current, metadata, data } };
  },
);

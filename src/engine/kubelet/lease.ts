import type { Lease } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339Micro } from '../api/time.ts';
import { type Answer, type Call, call, dropConnection } from '../client/index.ts';
import { after, type Kubelet, type Tag } from './kubelet.ts';

/** Source: pkg/kubelet/kubelet.go (nodeLeaseRenewIntervalFraction), pkg/kubelet/apis/config/v1beta1/defaults.go */
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
/** So often a failed renewal is tried again at once; from the second failure on over a new connection. */
const MAX_RETRIES = 5;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** The node's heartbeat: one PUT every 10 s. */
export function startLease(k: Kubelet): void {
  renewLease(k);
}

/** Renews with the object of the last answer, so that one request is enough. Source: staging/src/k8s.io/component-helpers/apimachinery/lease/controller.go */
export function renewLease(k: Kubelet): void {
  const { node } = k.state;
  after(k, 'lease', RENEW_MS, true);
  if (node.leaseUnderWay) return;
  node.leaseFailures = 0;
  tryRenew(k);
}

function tryRenew(k: Kubelet): void {
  const { kept, config } = k.state;
  const lease = kept.get('lease') as Lease | undefined;
  if (lease === undefined) {
    send(k, { method: 'GET', path: `${LEASES}/${config.name}` }, 'get');
  } else {
    write(k, lease);
  }
}

function write(k: Kubelet, old: Lease | undefined): void {
  const { config, kept } = k.state;
  const { name } = config;
  const uid = kept.get('node')?.metadata.uid;
  const spec = {
    ...old?.spec,
    holderIdentity: name,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: toRFC3339Micro(k.env.wallNow),
  };
  if (old) send(k, { method: 'PUT', path: `${LEASES}/${name}`, body: { ...old, spec } }, 'put');
  else {
    const ownerReferences = uid ? [{ apiVersion: 'v1', kind: 'Node', name, uid }] : undefined;
    const metadata = { name, namespace: 'kube-node-lease', ...(ownerReferences && { ownerReferences }) };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    send(k, { method: 'POST', path: LEASES, body }, 'post');
  }
}

function send(k: Kubelet, what: Call, verb: string): void {
  k.state.node.leaseUnderWay = true;
  const tag: Tag = { to: 'lease', uid: verb };
  k.out.push(...call(k.state.client, k.env, what, tag, { periodic: true, cause: k.cause }));
}

export function leaseAnswered(k: Kubelet, verb: string, answer: Answer): void {
  const { kept } = k.state;
  const { node } = k.state;
  node.leaseUnderWay = false;
  if (answer.status === 200 || answer.status === 201) {
    kept.set('lease', answer.body as KubernetesObject);
    if (verb === 'get') write(k, answer.body as Lease);
    else node.renewedAt = k.env.now;
  } else if (answer.status === 404 && verb === 'get') {
    write(k, undefined);
  } else if (answer.status === 404 || answer.status === 409) {
    // Somebody else changed or removed it: look again, at once.
    kept.delete('lease');
    send(k, { method: 'GET', path: `${LEASES}/${k.state.config.name}` }, 'get');
  } else if (answer.error === 'timeout' && ++node.leaseFailures < MAX_RETRIES) {
    // The server may be gone without a word: a new connection may lead to another one.
    if (node.leaseFailures > 1) k.out.push(...dropConnection(k.state.client, k.env));
    tryRenew(k);
  }
}

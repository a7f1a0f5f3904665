import type { EndpointSlice } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { type ClientState, newClient, newRecorder, type Recorder } from '../client/index.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { RuleConfig, ServiceRules } from '../network/packet-filter.ts';
import { LABEL_SERVICE_PROXY_NAME } from '../network/service-ports.ts';

export interface KubeProxyConfig {
  readonly server: Address;
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly clusterCIDR: string;
  /** KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1). */
  readonly config?: object;
}

/** Fields of KubeProxyConfiguration that are followed. */
interface ProxyConfiguration {
  readonly mode?: string;
  readonly clusterCIDR?: string;
  readonly nodePortAddresses?: readonly string[];
  readonly iptables?: {
    readonly masqueradeAll?: boolean;
    readonly localhostNodePorts?: boolean;
    readonly minSyncPeriod?: string;
    readonly syncPeriod?: string;
  };
}

/** Why a Service is in the queue for the next sync. */
export interface Change {
  readonly cause: number;
  readonly at: number;
}

/** What the last sync did; the inspector makes the changed rules from it. */
export interface LastSync {
  readonly at: number;
  readonly full: boolean;
  /** How many Services it wrote. */
  readonly services: number;
  /** The first few of them, before and after. */
  readonly changes: readonly SyncChange[];
}

export interface SyncChange {
  readonly key: string;
  readonly before: ServiceRules | null;
  readonly after: ServiceRules | null;
}

export interface KubeProxyState {
  readonly client: ClientState;
  readonly recorder: Recorder;
  readonly rules: RuleConfig;
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly minSyncMs: number;
  readonly retryMs: number;
  /** Mode that was asked for; anything but iptables is not modelled. */
  readonly mode: string;
  zone: string;
  /** The node's own condition for load balancers: not being deleted. */
  nodeEligible: boolean;
  readonly changed: Table<Change>;
  /** What this process has written into the kernel, by Service. */
  readonly written: Table<ServiceRules>;
  /** Endpoints of all Services: above a thousand the cluster counts as large. */
  endpoints: number;
  needFullSync: boolean;
  /** Request under way; 0 when none. */
  restoring: number;
  nextRequestId: number;
  /** A sync is due at this time; 0 when none is. */
  dueAt: number;
  lastSyncAt: number;
  syncs: number;
  /** Oldest change that is not in the kernel yet; 0 when none. */
  queuedAt: number;
  last: LastSync | null;
}

const newServices = defineTable<KubernetesObject>('kube-proxy/services');
const newSlices = defineTable<KubernetesObject>('kube-proxy/endpointslices', {
  service: (object) => serviceKeyOf(object as unknown as EndpointSlice),
});
const newNodes = defineTable<KubernetesObject>('kube-proxy/nodes');
const newChanged = defineTable<Change>('kube-proxy/changed');
const newWritten = defineTable<ServiceRules>('kube-proxy/written');

const LABEL_SERVICE_NAME = 'kubernetes.io/service-name';
const LABEL_HEADLESS = 'service.kubernetes.io/headless';
/** Source: kubernetes/pkg/proxy/apis/config/v1alpha1/defaults.go */
const MIN_SYNC_MS = 1_000;
const SYNC_PERIOD_MS = 30_000;

/** `namespace/name` of the Service that a slice belongs to. */
export function serviceKeyOf({ metadata }: Pick<EndpointSlice, 'metadata'>): string | undefined {
  const name = metadata?.labels?.[LABEL_SERVICE_NAME];
  return name === undefined ? undefined : `${metadata?.namespace}/${name}`;
}

export function createKubeProxy(process: KubeProxyConfig): KubeProxyState {
  const { server, nodeName, nodeIP } = process;
  const given = (process.config ?? {}) as ProxyConfiguration;
  // Source: kubernetes/cmd/kube-proxy/app/server.go (the selectors of its informers).
  const labelSelector = `!${LABEL_HEADLESS},!${LABEL_SERVICE_PROXY_NAME}`;
  const client = newClient(server, 'system:serviceaccount:kube-system:kube-proxy', 'kube-proxy', {
    services: { path: '/api/v1/services', query: { labelSelector }, table: newServices },
    endpointslices: {
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      query: { labelSelector },
      table: newSlices,
    },
    nodes: { path: '/api/v1/nodes', query: { fieldSelector: `metadata.name=${nodeName}` }, table: newNodes },
  });
  return {
    client,
    recorder: newRecorder('kube-proxy', nodeName),
    rules: {
      clusterCIDR: given.clusterCIDR ?? process.clusterCIDR,
      masqueradeAll: given.iptables?.masqueradeAll ?? false,
      nodePortAddresses: given.nodePortAddresses ?? [],
      localhostNodePorts: given.iptables?.localhostNodePorts ?? true,
    },
    nodeName,
    nodeIP,
    minSyncMs: durationMs(given.iptables?.minSyncPeriod, MIN_SYNC_MS),
    retryMs: durationMs(given.iptables?.syncPeriod, SYNC_PERIOD_MS),
    mode: given.mode || 'iptables',
    zone: '',
    nodeEligible: true,
    changed: newChanged(),
    written: newWritten(),
    endpoints: 0,
    needFullSync: true,
    restoring: 0,
    dueAt: 0,
    nextRequestId: 1,
    lastSyncAt: Number.MIN_SAFE_INTEGER,
    syncs: 0,
    queuedAt: 0,
    last: null,
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function durationMs(text: string | undefined, fallback: number): number {
  if (!text) return fallback;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    ms += Number(number) * (UNITS[unit as string] as number);
  return ms > 0 ? ms : fallback;
}

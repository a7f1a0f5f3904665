import type { KubernetesObject } from '../api/object.ts';
import { definition as apiserver } from '../apiserver/index.ts';
import type { Call } from '../client/messages.ts';
import { definition as controllerManager } from '../controllers/index.ts';
import { definition as etcd } from '../etcd/index.ts';
import type { EtcdState } from '../etcd/state.ts';
import { type Definitions, Kernel } from '../kernel/kernel.ts';
import type { ComponentDefinition } from '../kernel/types.ts';
import { type AgentConfig, definition as agent, type DoBody, scriptedNode } from './scripted-agent.ts';

const HOST = 'control-plane';
const SERVER = `apiserver@${HOST}`;
const AGENT = `agent@${HOST}`;
const NODES = ['node-a', 'node-b', 'node-c'];
/** Pod networks are not played. */
const DISABLED = ['node-ipam-controller', 'pod-garbage-collector-controller'];
/** They would find nodes dead that renew no Lease. */
const JUDGES = ['node-lifecycle-controller', 'taint-eviction-controller'];

/** One write as etcd saw it. */
export interface Change {
  readonly at: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
}

/** etcd, API server and controller manager on a real kernel; everything else is played by a script. */
export class ControlPlane {
  readonly kernel: Kernel;
  readonly changes: Change[] = [];
  private revision = 0;

  constructor(config: Omit<AgentConfig, 'server'>, seed: number) {
    const machine: ComponentDefinition = { component: 'machine', create: () => ({}), step: () => [] };
    const definitions = { etcd, apiserver, 'controller-manager': controllerManager, agent, machine };
    this.kernel = new Kernel(definitions as unknown as Definitions, seed, 0);
    this.kernel.addMachine(HOST, {});
    this.kernel.powerOn(HOST);
    this.kernel.spawn('etcd', HOST, { name: HOST }, undefined, '');
    this.kernel.spawn('apiserver', HOST, { internalIP: '172.18.0.2', serviceSubnet: '10.96.0.0/16' }, undefined, '');
    const manager = {
      server: SERVER,
      identity: HOST,
      clusterCIDR: '10.244.0.0/16',
      disabled: config.leases ? DISABLED : [...DISABLED, ...JUDGES],
    };
    this.kernel.spawn('controller-manager', HOST, manager, undefined, '');
    this.kernel.spawn('agent', HOST, { server: SERVER, ...config }, undefined, '');
    this.advance(20_000);
    for (const name of NODES) this.do({ method: 'POST', path: '/api/v1/nodes', body: scriptedNode(name) });
    this.advance(1000);
    // Admission taints a new node until the node lifecycle controller finds it ready.
    const untaint = { contentType: 'application/merge-patch+json', body: { spec: { taints: null } } };
    for (const name of NODES) this.do({ method: 'PATCH', path: `/api/v1/nodes/${name}`, ...untaint });
    this.advance(4000);
    this.record();
    this.changes.length = 0;
    this.kernel.tap = () => this.record();
  }

  get now(): number {
    return this.kernel.now;
  }

  advance(ms: number): void {
    this.kernel.advanceTo(this.kernel.now + ms);
  }

  /** Sends one REST call as a user would. */
  do(call: Call): void {
    this.kernel.submit(AGENT, { type: 'do', call } as DoBody);
  }

  private record(): void {
    const store = this.kernel.state<EtcdState>(`etcd@${HOST}`)?.store;
    if (store === undefined) return;
    for (; this.revision < store.revision; this.revision++) {
      for (const { type, kv, prev } of store.log.get(String(this.revision + 1)) ?? []) {
        const object = (type === 'put' ? kv : prev)?.value;
        if (object?.kind === undefined) continue;
        const change = type === 'delete' ? 'DELETED' : prev ? 'MODIFIED' : 'ADDED';
        this.changes.push({ at: this.kernel.now, type: change, object });
      }
    }
  }
}

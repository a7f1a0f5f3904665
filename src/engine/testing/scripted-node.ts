import type { Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import type { ApiRequest, ApiResponse, WatchEvents } from '../client/index.ts';
import type { ContainerConfig, ContainerStatus, CriRequest, PodSandboxStatus, WriteVolume } from '../cri/messages.ts';
import { Kernel } from '../kernel/kernel.ts';
import { type Body, type ComponentDefinition, type Effect, send, type TimerBody, timer } from '../kernel/types.ts';
import { definition as kubelet } from '../kubelet/index.ts';
import type { KubeletConfig, KubeletState } from '../kubelet/state.ts';

/**
 * A real kubelet on a real kernel, between an API server and a container runtime that only play their parts. For tests
 * of the kubelet alone.
 */

/** What a container of an image does. */
export interface Behaviour {
  /** Ends by itself after so long, with this code. */
  readonly exitsAfterMs?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly ignoresTerm?: boolean;
  readonly pullMs?: number;
  readonly pullError?: string;
  readonly startError?: string;
  /** HTTP status of a probe by time since the start; undefined: nobody listens. */
  readonly http?: (ageMs: number) => number | undefined;
}

export interface Write {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

interface FakeApi {
  objects: Map<string, KubernetesObject>;
  watches: { id: number; path: string; field: string; from: string }[];
  version: number;
  writes: Write[];
}

interface Row extends ContainerStatus {
  readonly stopRequestId: number;
}

interface FakeRuntime {
  images: Set<string>;
  sandboxes: Map<string, PodSandboxStatus>;
  containers: Map<string, Row>;
  calls: { at: number; call: string }[];
  next: number;
  networkReady: boolean;
  /** What containers were asked for, by name. */
  configs: Map<string, ContainerConfig>;
  volumes: Map<string, Readonly<Record<string, string>>>;
  availableBytes: number;
  usedBytes: Map<string, number>;
}

const API = 'apiserver@cp';
const NODE = 'node-a';

export class ScriptedNode {
  readonly kernel: Kernel;
  readonly api: FakeApi = { objects: new Map(), watches: [], version: 100, writes: [] };
  readonly runtime: FakeRuntime = {
    images: new Set(),
    sandboxes: new Map(),
    containers: new Map(),
    calls: [],
    next: 1,
    networkReady: true,
    configs: new Map(),
    volumes: new Map(),
    availableBytes: 8 * 2 ** 30,
    usedBytes: new Map(),
  };
  readonly behaviours: Record<string, Behaviour>;
  private readonly config: KubeletConfig;

  constructor(behaviours: Record<string, Behaviour> = {}, config: Partial<KubeletConfig> = {}) {
    this.behaviours = behaviours;
    this.config = {
      name: NODE,
      role: 'worker',
      internalIP: '172.18.0.3',
      cpu: '8',
      memory: '16Gi',
      ephemeralStorage: '100Gi',
      pods: '110',
      apiServer: API,
      manifests: [],
      kubeletVersion: 'v1.35.6',
      ...config,
    };
    const idle = (component: string, step: ComponentDefinition['step']): ComponentDefinition => ({
      component,
      create: () => ({}),
      step,
    });
    this.kernel = new Kernel(
      {
        machine: idle('machine', () => []),
        apiserver: idle('apiserver', (_state, { body, from, periodic }, { now }) =>
          this.serve(body, from, now, periodic),
        ),
        containerd: idle('containerd', (_state, { body, from }, { now }) => this.run(body, from, now)),
        kubelet: kubelet as unknown as ComponentDefinition,
      },
      1,
      0,
    );
    for (const host of ['cp', NODE]) {
      this.kernel.addMachine(host, {});
      this.kernel.powerOn(host);
    }
    this.kernel.spawn('apiserver', 'cp', {}, undefined, '');
    this.kernel.spawn('containerd', NODE, {}, undefined, '');
    this.startKubelet();
  }

  startKubelet(): void {
    this.kernel.spawn('kubelet', NODE, this.config, undefined, '');
  }

  advance(ms: number): void {
    this.kernel.advanceTo(this.kernel.now + ms);
  }

  get state(): KubeletState {
    return this.kernel.state<KubeletState>(`kubelet@${NODE}`) as KubeletState;
  }

  // --- what a test does and looks at ------------------------------------------------------------------------------

  put(object: KubernetesObject, plural: string): KubernetesObject {
    const { namespace, name } = object.metadata;
    const path = namespace ? `/api/v1/namespaces/${namespace}/${plural}/${name}` : `/api/v1/${plural}/${name}`;
    const uid = object.metadata.uid ?? `uid-${name}`;
    const creationTimestamp = object.metadata.creationTimestamp ?? toRFC3339(this.kernel.now);
    return this.store(path, { ...object, metadata: { generation: 1, ...object.metadata, uid, creationTimestamp } });
  }

  /** A pod that the scheduler has just bound to the node. */
  bind(name: string, spec: Pod['spec'], metadata: Partial<Pod['metadata']> = {}): Pod {
    const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: toRFC3339(this.kernel.now) }];
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', ...metadata },
      spec: { restartPolicy: 'Always', ...(spec ?? { containers: [] }), nodeName: NODE },
      status: { phase: 'Pending', conditions },
    };
    return this.put(pod as KubernetesObject, 'pods') as unknown as Pod;
  }

  pod(name: string, namespace = 'default'): Pod | undefined {
    return this.api.objects.get(`/api/v1/namespaces/${namespace}/pods/${name}`) as Pod | undefined;
  }

  /** As the API server does it for a pod that runs. */
  deletePod(name: string, graceSeconds = 30): void {
    const pod = this.pod(name) as Pod;
    const { generation = 1 } = pod.metadata;
    const deletionTimestamp = toRFC3339(this.kernel.now + graceSeconds * 1000);
    const metadata = { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: graceSeconds };
    this.put({ ...pod, metadata: { ...metadata, generation: generation + 1 } } as KubernetesObject, 'pods');
  }

  /** `reason: message`, and `xN` for what came more than once. */
  events(about?: string): string[] {
    const found: string[] = [];
    for (const [path, object] of this.api.objects) {
      if (!path.includes('/events/')) continue;
      const { reason, message, count, involvedObject } = object as unknown as {
        reason: string;
        message: string;
        count: number;
        involvedObject: { name: string };
      };
      if (about === undefined || involvedObject.name === about) {
        found.push(`${reason}: ${message}${count > 1 ? ` x${count}` : ''}`);
      }
    }
    return found;
  }

  /** Status patches of a pod, oldest first. */
  statusPatches(name: string): { at: number; status: Record<string, unknown> }[] {
    return this.api.writes
      .filter(({ method, path }) => method === 'PATCH' && path.endsWith(`/pods/${name}/status`))
      .map(({ at, body }) => ({ at, status: body.status as Record<string, unknown> }));
  }

  /** What is sent to the runtime when a container ends by itself. */
  end(container: string, exitCode: number, reason: string): void {
    for (const row of this.runtime.containers.values()) {
      if (row.name !== container || row.state !== 'RUNNING') continue;
      const ended: Row = { ...row, state: 'EXITED', exitCode, reason, finishedAt: this.kernel.now };
      this.runtime.containers.set(row.id, ended);
      this.kernel.submit(`containerd@${NODE}`, { type: 'tell', container: row.id } as unknown as Body);
    }
  }

  // --- the API server ---------------------------------------------------------------------------------------------

  private store(path: string, object: KubernetesObject): KubernetesObject {
    const old = this.api.objects.get(path);
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.api.version) } };
    this.api.objects.set(path, stored);
    this.notify(path, old ? 'MODIFIED' : 'ADDED', stored);
    return stored;
  }

  private notify(path: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubernetesObject): void {
    for (const { id, path: watched, field, from } of this.api.watches) {
      if (!matches(watched, field, path, object)) continue;
      const body: WatchEvents = { type: 'watchEvents', reply: true, watchId: id, events: [{ type, object }] };
      this.kernel.submit(API, { type: 'relay', to: from, body } as unknown as Body);
    }
  }

  private serve(body: Body, from: string, now: number, periodic: boolean): Effect[] {
    if (body.type === 'relay') {
      const { to, body: inner } = body as unknown as { to: string; body: Body };
      return [send(to, inner)];
    }
    if (body.type !== 'apiRequest') return [];
    const request = body as unknown as ApiRequest;
    const { requestId, method, path, query = {} } = request;
    const field = query.fieldSelector ?? '';
    const answer = (status: number, content: unknown): Effect[] => {
      const response: ApiResponse = { type: 'apiResponse', reply: true, requestId, status, body: content };
      return [send(from, response, { periodic })];
    };
    if (method === 'GET' && query.watch === 'true') {
      this.api.watches.push({ id: requestId, path, field, from });
      return [];
    }
    if (method === 'GET' && query.resourceVersion !== undefined) {
      const items = [...this.api.objects].filter(([at, object]) => matches(path, field, at, object)).map(([, o]) => o);
      return answer(200, { metadata: { resourceVersion: String(this.api.version) }, items });
    }
    if (method === 'GET') {
      const found = this.api.objects.get(path);
      return found ? answer(200, found) : answer(404, {});
    }
    const content = (request.body ?? {}) as Record<string, unknown>;
    this.api.writes.push({ at: now, method, path, body: content });
    if (method === 'POST') {
      const object = content as unknown as KubernetesObject;
      const target = `${path}/${object.metadata.name}`;
      if (this.api.objects.has(target)) return answer(409, {});
      const metadata = { uid: `uid-${object.metadata.name}`, ...object.metadata, creationTimestamp: toRFC3339(now) };
      return answer(201, this.store(target, { ...object, metadata }));
    }
    const target = path.replace(/\/status$/, '');
    const old = this.api.objects.get(target);
    if (old === undefined) return answer(404, {});
    if (method === 'PUT') return answer(200, this.store(target, content as unknown as KubernetesObject));
    if (method === 'DELETE') {
      this.api.objects.delete(target);
      this.notify(target, 'DELETED', {
        ...old,
        metadata: { ...old.metadata, resourceVersion: String(++this.api.version) },
      });
      return answer(200, old);
    }
    return answer(200, this.store(target, mergePatch(old, content) as KubernetesObject));
  }

  // --- the runtime ------------------------------------------------------------------------------------------------

  private behaviour(image: string): Behaviour {
    return this.behaviours[image.split(':')[0] as string] ?? {};
  }

  private run(body: Body, from: string, now: number): Effect[] {
    const { runtime } = this;
    if (body.type === 'timer') return this.runtimeTimer((body as TimerBody).key, now);
    if (body.type === 'tell') {
      return [this.told(runtime.containers.get((body as unknown as { container: string }).container) as Row)];
    }
    if (body.type === 'start') return [];
    if (body.type === 'writeVolume') {
      const { hostPath, files } = body as unknown as WriteVolume;
      runtime.volumes.set(hostPath, files);
      return [];
    }
    const request = body as unknown as CriRequest;
    const { requestId } = request;
    const reply = (content: object = {}): Effect[] => {
      const answer = { type: `${request.type}Response`, reply: true, requestId, ...content } as unknown as Body;
      return [send(from, answer)];
    };
    const name = 'config' in request ? ` ${request.config.name}` : '';
    runtime.calls.push({ at: now, call: `${request.type}${name}` });
    switch (request.type) {
      case 'runtimeStatus':
        return reply({ ...this.networkStatus(), images: [] });
      case 'listPods':
        return reply({ sandboxes: [...runtime.sandboxes.values()], containers: [...runtime.containers.values()] });
      case 'runPodSandbox': {
        const { config } = request;
        const id = `sandbox-${runtime.next++}`;
        const ip = config.hostNetwork ? '' : `10.244.1.${runtime.next}`;
        const { name: pod, namespace, uid, attempt, hostNetwork } = config;
        const row = {
          id,
          name: pod,
          namespace,
          uid,
          attempt,
          state: 'READY' as const,
          createdAt: now,
          hostNetwork,
          ip,
        };
        runtime.sandboxes.set(id, row);
        return reply({ podSandboxId: id });
      }
      case 'podSandboxStatus':
        return reply({ status: runtime.sandboxes.get(request.podSandboxId) });
      case 'stopPodSandbox': {
        const row = runtime.sandboxes.get(request.podSandboxId);
        if (row) runtime.sandboxes.set(row.id, { ...row, state: 'NOTREADY' });
        return reply();
      }
      case 'removePodSandbox':
        runtime.sandboxes.delete(request.podSandboxId);
        return reply();
      case 'imageStatus':
        return reply({ image: runtime.images.has(request.image) ? imageOf(request.image) : undefined });
      case 'pullImage':
        return [timer(`pull ${requestId} ${request.image} ${from}`, this.behaviour(request.image).pullMs ?? 500)];
      case 'createContainer': {
        const { config, podSandboxId } = request;
        runtime.configs.set(config.name, config);
        const id = `container-${runtime.next++}`;
        const row: Row = {
          id,
          podSandboxId,
          podUid: runtime.sandboxes.get(podSandboxId)?.uid ?? '',
          name: config.name,
          attempt: config.attempt,
          state: 'CREATED',
          createdAt: now,
          startedAt: 0,
          finishedAt: 0,
          exitCode: 0,
          reason: '',
          message: '',
          image: config.image,
          imageRef: `${config.image}@sha256:0`,
          hash: config.hash,
          stopRequestId: 0,
        };
        runtime.containers.set(id, row);
        return reply({ containerId: id });
      }
      case 'startContainer': {
        const row = runtime.containers.get(request.containerId) as Row;
        const { exitsAfterMs, startError } = this.behaviour(row.image);
        if (startError) return reply({ error: startError, startedAt: 0 });
        runtime.containers.set(row.id, { ...row, state: 'RUNNING', startedAt: now });
        const exit = exitsAfterMs === undefined ? [] : [timer(`exit ${row.id}`, exitsAfterMs)];
        return [...reply({ startedAt: now }), ...exit];
      }
      case 'stopContainer': {
        const row = runtime.containers.get(request.containerId) as Row;
        if (row.state === 'EXITED') return reply();
        runtime.containers.set(row.id, { ...row, stopRequestId: requestId });
        const { ignoresTerm } = this.behaviour(row.image);
        return [timer(`kill ${row.id}`, ignoresTerm ? request.timeoutSeconds * 1000 : 50)];
      }
      case 'networkProbe': {
        const row = runtime.containers.get(request.containerId);
        const status = row && this.behaviour(row.image).http?.(now - row.startedAt);
        return reply(status === undefined ? { outcome: 'refused' } : { outcome: 'connected', statusCode: status });
      }
      case 'execSync':
        return reply({ exitCode: 0, stdout: request.command.join(' '), stderr: '' });
      case 'listPodStats': {
        const containers = [...runtime.containers.values()]
          .filter(({ state }) => state === 'RUNNING')
          .map(({ podUid, name }) => ({
            podUid,
            name,
            workingSetBytes: runtime.usedBytes.get(name) ?? 0,
            cpuMillis: 0,
          }));
        return reply({ availableBytes: runtime.availableBytes, containers });
      }
      case 'readLogs':
        return reply({ text: `log of ${request.containerId}\n` });
      default:
        return reply();
    }
  }

  private networkStatus(): object {
    const { networkReady } = this.runtime;
    const networkMessage = 'Network plugin returns error: cni plugin not initialized';
    return networkReady
      ? { runtimeReady: true, networkReady, networkReason: '', networkMessage: '' }
      : { runtimeReady: true, networkReady, networkReason: 'NetworkPluginNotReady', networkMessage };
  }

  /** The kernel says how much memory is left. */
  setMemory(availableBytes: number): void {
    this.runtime.availableBytes = availableBytes;
    const body = { type: 'memoryNotification', reply: true, availableBytes, peer: `containerd@${NODE}` };
    this.kernel.submit(`kubelet@${NODE}`, body as unknown as Body);
  }

  /** The CNI configuration has appeared. */
  connectNetwork(): void {
    this.runtime.networkReady = true;
    const body = { type: 'runtimeStatusResponse', reply: true, requestId: 0, ...this.networkStatus(), images: [] };
    this.kernel.submit(`kubelet@${NODE}`, { ...body, peer: `containerd@${NODE}` } as unknown as Body);
  }

  private runtimeTimer(key: string, now: number): Effect[] {
    const { runtime } = this;
    const [what, id = '', image = '', from = ''] = key.split(' ');
    if (what === 'pull') {
      const { pullError } = this.behaviour(image);
      if (!pullError) runtime.images.add(image);
      const result = pullError ? { error: pullError } : { image: imageOf(image) };
      return [send(from, { type: 'pullImageResponse', reply: true, requestId: Number(id), ...result } as Body)];
    }
    const row = runtime.containers.get(id) as Row;
    if (row.state !== 'RUNNING') return [];
    const { exitCode = 0, reason, ignoresTerm } = this.behaviour(row.image);
    const code = what === 'exit' ? exitCode : ignoresTerm ? 137 : 0;
    const why = (what === 'exit' && reason) || (code === 0 ? 'Completed' : 'Error');
    const ended: Row = { ...row, state: 'EXITED', exitCode: code, finishedAt: now, reason: why };
    runtime.containers.set(id, ended);
    const effects = [this.told(ended)];
    if (row.stopRequestId > 0) {
      const answer = { type: 'stopContainerResponse', reply: true, requestId: row.stopRequestId } as Body;
      effects.push(send(`kubelet@${NODE}`, answer));
    }
    return effects;
  }

  private told(row: Row): Effect {
    const { podUid, podSandboxId } = row;
    const event = { type: 'containerEvent', reply: true, event: 'CONTAINER_STOPPED_EVENT', podUid, podSandboxId };
    return send(`kubelet@${NODE}`, { ...event, container: row } as Body);
  }
}

function imageOf(image: string) {
  return { id: `sha256:${image}`, repoTags: [image], repoDigests: [`${image}@sha256:0`], sizeBytes: 1_000_000 };
}

function matches(watched: string, field: string, path: string, object: KubernetesObject): boolean {
  const parts = watched.split('/');
  const plural = parts[parts.length - 1];
  if (!path.includes(`/${plural}/`)) return false;
  if (watched.includes('/namespaces/') && !path.startsWith(`${watched}/`)) return false;
  const [key, value] = field.split('=');
  if (key === 'spec.nodeName') return (object as { spec?: { nodeName?: string } }).spec?.nodeName === value;
  return key !== 'metadata.name' || object.metadata.name === value;
}

/** Enough of a strategic merge patch: conditions and IPs by key, everything else by field. */
function mergePatch(old: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> = { ...(old as object) };
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete merged[key];
    else if (key === 'conditions') merged[key] = mergeConditions(merged[key], value);
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function mergeConditions(old: unknown, patch: unknown): object[] {
  const merged = [...((old as { type: string }[] | undefined) ?? [])];
  for (const one of patch as { type: string }[]) {
    const at = merged.findIndex(({ type }) => type === one.type);
    const next = mergePatch(at < 0 ? {} : merged[at], one) as { type: string };
    if (at < 0) merged.push(next);
    else merged[at] = next;
  }
  return merged;
}

import type { Container, EnvVar, Pod, Service } from '../api/generated/types.ts';
import { bytes, cpuMillis } from '../api/quantity.ts';
import type { EnvVariable } from '../cri/messages.ts';
import type { Kubelet } from './kubelet.ts';
import { allocatableMemory } from './node-content.ts';
import { dataOf, storedObject } from './pod-objects.ts';
import { containerOf } from './resources.ts';
import type { PodWorker } from './state.ts';

export interface Environment {
  readonly envs: readonly EnvVariable[];
  /** For `$(NAME)` in command and arguments. */
  value(name: string): string | undefined;
}

/**
 * The environment of a container that is about to be made; a text says what is missing.
 * Source: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)
 */
export function environmentOf(k: Kubelet, worker: PodWorker, container: Container): Environment | string {
  const { pod } = worker;
  const services = serviceEnvironment(k, pod);
  if (!container.env && !container.envFrom) return { envs: services, value: (name) => find(services, name) };
  const own = new Map<string, string>();
  const problem = fromSources(k, pod, container, own) ?? fromVariables(k, worker, container, own, services);
  if (problem !== undefined) return problem;
  const envs: EnvVariable[] = [];
  for (const [key, value] of own) envs.push({ key, value });
  for (const variable of services) if (!own.has(variable.key)) envs.push(variable);
  return { envs, value: (name) => own.get(name) ?? find(services, name) };
}

function find(list: readonly EnvVariable[], name: string): string | undefined {
  for (const { key, value } of list) if (key === name) return value;
  return undefined;
}

function fromSources(k: Kubelet, pod: Pod, { envFrom = [] }: Container, own: Map<string, string>): string | undefined {
  const { namespace } = pod.metadata;
  for (const { prefix = '', configMapRef, secretRef } of envFrom) {
    const [plural, word, ref] = configMapRef
      ? (['configmaps', 'configmap', configMapRef] as const)
      : (['secrets', 'secret', secretRef] as const);
    const name = ref?.name ?? '';
    const object = storedObject(k, plural, `${namespace}/${name}`);
    if (object === undefined) {
      if (ref?.optional) continue;
      return `${word} "${name}" not found`;
    }
    for (const [key, value] of Object.entries(dataOf(object))) own.set(prefix + key, value);
  }
  return undefined;
}

function fromVariables(
  k: Kubelet,
  worker: PodWorker,
  container: Container,
  own: Map<string, string>,
  services: readonly EnvVariable[],
): string | undefined {
  const lookUp = (name: string): string | undefined => own.get(name) ?? find(services, name);
  for (const variable of container.env ?? []) {
    const { name, value = '', valueFrom } = variable;
    if (valueFrom === undefined) {
      own.set(name, expand(value, lookUp));
      continue;
    }
    const found = fromReference(k, worker, container, variable);
    if ('problem' in found) return found.problem;
    if (found.value !== undefined) own.set(name, found.value);
  }
  return undefined;
}

type Found = { readonly value: string | undefined } | { readonly problem: string };

function fromReference(k: Kubelet, worker: PodWorker, container: Container, { valueFrom }: EnvVar): Found {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom ?? {};
  if (fieldRef) return { value: podField(k, worker, fieldRef.fieldPath) };
  if (resourceFieldRef) {
    const { containerName, resource, divisor } = resourceFieldRef;
    const about = containerName ? (containerOf(worker.pod, containerName) ?? container) : container;
    return { value: resourceField(k, about, resource, divisor) };
  }
  const isSecret = secretKeyRef !== undefined;
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) return { value: undefined };
  const { namespace } = worker.pod.metadata;
  const object = storedObject(k, isSecret ? 'secrets' : 'configmaps', `${namespace}/${ref.name}`);
  if (object === undefined) {
    if (ref.optional) return { value: undefined };
    return { problem: `${isSecret ? 'secret' : 'configmap'} "${ref.name}" not found` };
  }
  const value = dataOf(object)[ref.key];
  if (value !== undefined || ref.optional) return { value };
  return { problem: `couldn't find key ${ref.key} in ${isSecret ? 'Secret' : 'ConfigMap'} ${namespace}/${ref.name}` };
}

/** A field of the downward API. Source: pkg/fieldpath/fieldpath.go, pkg/kubelet/kubelet_pods.go (podFieldSelectorRuntimeValue) */
export function podField({ state }: Kubelet, worker: PodWorker, path: string): string {
  const { metadata, spec } = worker.pod;
  const { internalIP } = state.config;
  const podIP = worker.sandbox?.hostNetwork ? internalIP : (worker.sandbox?.ip ?? '');
  const key = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (key) return metadata[key[1] as 'labels' | 'annotations']?.[key[2] as string] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return state.config.name;
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return internalIP;
    case 'status.podIP':
    case 'status.podIPs':
      return podIP;
    default:
      return '';
  }
}

function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}

/** Without a limit the node's allocatable counts. Source: staging/src/k8s.io/kubectl/pkg/util/resource, pkg/api/v1/resource */
export function resourceField({ state }: Kubelet, container: Container, resource: string, divisor?: string): string {
  const [kind = '', name = ''] = resource.split(/\.(.*)/);
  const given = container.resources?.[kind as 'limits' | 'requests']?.[name];
  const { cpu, memory, ephemeralStorage } = state.config;
  const node = name === 'cpu' ? cpu : name === 'memory' ? allocatableMemory(memory) : ephemeralStorage;
  const text = given ?? (kind === 'limits' ? node : '0');
  const by = divisor && divisor !== '0' ? divisor : '1';
  if (name === 'cpu') return String(Math.ceil(cpuMillis(text) / Math.max(1, cpuMillis(by))));
  return String(Math.ceil(bytes(text) / Math.max(1, bytes(by))));
}

/**
 * `$(NAME)` becomes the variable's value, `$$(NAME)` stays `$(NAME)`, unknown names stay as written.
 * Source: third_party/forked/golang/expansion/expand.go
 */
export function expand(text: string, value: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string | undefined) => {
    if (what === '$') return '$';
    return value(name ?? '') ?? whole;
  });
}

const NO_VARIABLES: readonly EnvVariable[] = [];

/**
 * Variables for the services of the pod's namespace and for the API server. One list per namespace serves all pods,
 * until a service changes. Source: pkg/kubelet/envvars/envvars.go
 */
function serviceEnvironment({ state }: Kubelet, pod: Pod): readonly EnvVariable[] {
  const links = pod.spec?.enableServiceLinks !== false;
  const namespace = pod.metadata.namespace ?? 'default';
  const key = links ? namespace : '';
  let variables = state.serviceEnv.get(key);
  if (variables !== undefined) return variables;
  const services = state.client.informers.services?.objects;
  if (services === undefined) return NO_VARIABLES;
  const list: EnvVariable[] = [];
  const api = services.get('default/kubernetes') as Service | undefined;
  if (api) addService(list, api);
  if (links) {
    for (const service of services.by('namespace', namespace) as unknown as Service[]) {
      if (service !== api) addService(list, service);
    }
  }
  variables = list;
  state.serviceEnv.set(key, variables);
  return variables;
}

function addService(list: EnvVariable[], { metadata, spec }: Service): void {
  const { clusterIP, ports = [] } = spec;
  const first = ports[0];
  if (!clusterIP || clusterIP === 'None' || first === undefined) return;
  const prefix = envName(metadata.name);
  const add = (key: string, value: string | number): void => {
    list.push({ key: `${prefix}_${key}`, value: String(value) });
  };
  add('SERVICE_HOST', clusterIP);
  add('SERVICE_PORT', first.port);
  for (const { name, port } of ports) if (name) add(`SERVICE_PORT_${envName(name)}`, port);
  const url = ({ protocol = 'TCP', port }: (typeof ports)[number]): string =>
    `${protocol.toLowerCase()}://${clusterIP}:${port}`;
  add('PORT', url(first));
  for (const port of ports) {
    const protocol = port.protocol ?? 'TCP';
    const base = `PORT_${port.port}_${protocol}`;
    add(base, url(port));
    add(`${base}_PROTO`, protocol.toLowerCase());
    add(`${base}_PORT`, port.port);
    add(`${base}_ADDR`, clusterIP);
  }
}

const envName = (name: string): string => name.replaceAll('-', '_').toUpperCase();

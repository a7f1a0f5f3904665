import type {
  Container,
  LimitRange,
  LimitRangeItem,
  Pod,
  PodSpec,
  ResourceRequirements,
} from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { addQuantities, compareQuantities, quantityNanos } from '../../api/quantity.ts';
import { forbidden } from '../../api/status.ts';
import { type Handling, spokenName } from '../server.ts';
import type { Plugin, Verb } from './plugin.ts';

const RANGES = '/registry/limitranges/';
const ANNOTATION = 'kubernetes.io/limit-ranger';

type Amounts = Readonly<Record<string, string>>;

/**
 * Fills in the requests and limits that containers leave out.
 * Source: plugin/pkg/admission/limitranger/admission.go
 */
export const limitRangerDefaults: Plugin = (handling, verb, object) => {
  const ranges = rangesFor(handling, verb, object);
  if (ranges.length === 0) return { object };
  let pod = object as Pod;
  for (const range of ranges) pod = withDefaults(pod, range.spec?.limits ?? []);
  return { object: pod };
};

/** Refuses what is outside the namespace's ranges. */
export const limitRangerChecks: Plugin = (handling, verb, object) => {
  const ranges = rangesFor(handling, verb, object);
  if (ranges.length === 0) return { object };
  const problems: string[] = [];
  for (const range of ranges) {
    for (const item of range.spec?.limits ?? []) check((object as Pod).spec, item, problems);
  }
  if (problems.length === 0) return { object };
  const text = problems.length === 1 ? (problems[0] as string) : `[${problems.join(', ')}]`;
  return { status: forbidden(handling.info.resource, spokenName(object), text) };
};

const NONE: readonly LimitRange[] = [];

function rangesFor({ info, state }: Handling, verb: Verb, object: KubernetesObject): readonly LimitRange[] {
  if (object.kind !== 'Pod' || info.subresource !== '' || verb !== 'create') return NONE;
  return state.objects.by('collection', `${RANGES}${info.namespace}/`) as LimitRange[];
}

function withDefaults(pod: Pod, items: readonly LimitRangeItem[]): Pod {
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const item of items) {
    if (item.type !== 'Container') continue;
    Object.assign(limits, item.default);
    Object.assign(requests, item.defaultRequest);
  }
  const notes: string[] = [];
  const fill =
    <Any extends Container>(kind: string) =>
    (container: Any): Any => {
      const setRequests: string[] = [];
      const setLimits: string[] = [];
      const resources = filled(container.resources ?? {}, limits, requests, setLimits, setRequests);
      // Upstream notes what it set in the order of the names.
      if (setRequests.length > 0) notes.push(`${setRequests.sort().join(', ')} request for ${kind} ${container.name}`);
      if (setLimits.length > 0) notes.push(`${setLimits.sort().join(', ')} limit for ${kind} ${container.name}`);
      return resources === container.resources ? container : { ...container, resources };
    };
  const containers = pod.spec.containers.map(fill('container'));
  const initContainers = pod.spec.initContainers?.map(fill('init container'));
  if (notes.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
  const spec = { ...pod.spec, containers, ...(initContainers && { initContainers }) };
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec } as Pod;
}

function filled(
  resources: ResourceRequirements,
  limits: Amounts,
  requests: Amounts,
  setLimits: string[],
  setRequests: string[],
): ResourceRequirements {
  const withLimits = merged(resources.limits, limits, setLimits);
  const withRequests = merged(resources.requests, requests, setRequests);
  if (setLimits.length === 0 && setRequests.length === 0) return resources;
  return { ...resources, ...(withLimits && { limits: withLimits }), ...(withRequests && { requests: withRequests }) };
}

function merged(
  own: Record<string, string> | undefined,
  defaults: Amounts,
  set: string[],
): Record<string, string> | undefined {
  let result = own;
  for (const name in defaults) {
    if (own?.[name] !== undefined) continue;
    result = { ...result, [name]: defaults[name] as string };
    set.push(name);
  }
  return result;
}

function check(spec: PodSpec, item: LimitRangeItem, problems: string[]): void {
  if (item.type === 'Container') {
    for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
      checkAmounts(container.resources ?? {}, item, 'Container', problems);
    }
  } else if (item.type === 'Pod') {
    const total: ResourceRequirements = {
      requests: sum(spec.containers, 'requests'),
      limits: sum(spec.containers, 'limits'),
    };
    checkAmounts(total, item, 'Pod', problems);
  }
}

function sum(containers: readonly Container[], part: 'requests' | 'limits'): Record<string, string> {
  const total: Record<string, string> = {};
  for (const { resources } of containers) {
    for (const [name, amount] of Object.entries(resources?.[part] ?? {})) {
      total[name] = total[name] === undefined ? amount : addQuantities(total[name], amount);
    }
  }
  return total;
}

function checkAmounts(
  { requests, limits }: ResourceRequirements,
  item: LimitRangeItem,
  type: string,
  problems: string[],
): void {
  for (const [name, least] of Object.entries(item.min ?? {})) {
    const request = requests?.[name];
    const limit = limits?.[name];
    if (request === undefined) problems.push(`minimum ${name} usage per ${type} is ${least}.  No request is specified`);
    else if (compareQuantities(request, least) < 0) {
      problems.push(`minimum ${name} usage per ${type} is ${least}, but request is ${request}`);
    } else if (limit !== undefined && compareQuantities(limit, least) < 0) {
      problems.push(`minimum ${name} usage per ${type} is ${least}, but limit is ${limit}`);
    }
  }
  for (const [name, most] of Object.entries(item.max ?? {})) {
    const request = requests?.[name];
    const limit = limits?.[name];
    if (limit === undefined) problems.push(`maximum ${name} usage per ${type} is ${most}.  No limit is specified`);
    else if (compareQuantities(limit, most) > 0) {
      problems.push(`maximum ${name} usage per ${type} is ${most}, but limit is ${limit}`);
    } else if (request !== undefined && compareQuantities(request, most) > 0) {
      problems.push(`maximum ${name} usage per ${type} is ${most}, but request is ${request}`);
    }
  }
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const request = quantityNanos(requests?.[name]);
    const limit = quantityNanos(limits?.[name]);
    if (request === 0n || limit === 0n) {
      problems.push(
        `${name} max limit to request ratio per ${type} is ${ratio}, but no ${request === 0n ? 'request' : 'limit'} is specified or ${request === 0n ? 'request' : 'limit'} is 0`,
      );
    } else if (limit * 1_000_000_000n > quantityNanos(ratio) * request) {
      problems.push(
        `${name} max limit to request ratio per ${type} is ${ratio}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`,
      );
    }
  }
}

import type { Node, Pod, Status } from '../api/generated/types.ts';
import { parseJson } from '../api/json.ts';
import { badRequest, invalidStatus, notFound, untypedError } from '../api/status.ts';
import { integerProblem, isFlagSet } from '../api/strconv.ts';
import { type Errors, forbidden, invalid, NEGATIVE } from '../api/validation/field.ts';
import type { KubeletRequest } from '../client/kubelet-api.ts';
import type { ApiRequest } from '../client/messages.ts';
import { current, type Handling, keyOfRequest, type Result, refuse } from './server.ts';

const NODES = '/registry/minions/';

/**
 * `pods/log` and `pods/exec`: the kubelet of the pod's node answers.
 * Source: pkg/registry/core/pod/strategy.go (LogLocation, streamLocation)
 */
export function askKubelet(handling: Handling, op: KubeletRequest['op']): Result {
  const { info, request } = handling;
  const query = request.query ?? {};
  const problem = op === 'logs' ? logOptionsProblem(query, info.name) : undefined;
  if (problem !== undefined) return refuse(problem);
  const pod = current(handling, keyOfRequest(handling)) as Pod | undefined;
  if (pod === undefined) return refuse(notFound(info.resource, info.name));
  const container = containerOf(pod, query.container ?? '');
  if (typeof container !== 'string') return refuse(container);
  const node = pod.spec.nodeName;
  if (!node) {
    // Nothing runs yet, so nothing was logged.
    if (op === 'logs') return { type: 'answer', code: 200, body: '' };
    return refuse(badRequest(`pod ${info.name} does not have a host assigned`));
  }
  const host = current(handling, NODES + node) as Node | undefined;
  if (host === undefined) return refuse(notFound({ group: '', plural: 'nodes' }, node));
  const addresses = host.status?.addresses ?? [];
  if (addresses.length === 0) {
    return refuse(untypedError('no preferred addresses found; known addresses: []'));
  }
  const question: Omit<KubeletRequest, 'requestId'> = {
    type: 'kubeletRequest',
    op,
    namespace: info.namespace,
    pod: info.name,
    container,
    ...(isFlagSet(query.previous) && { previous: true }),
    ...(isFlagSet(query.timestamps) && { timestamps: true }),
    ...(query.tailLines !== undefined && { tailLines: Number(query.tailLines) }),
    ...(query.sinceSeconds !== undefined && { sinceSeconds: Number(query.sinceSeconds) }),
    ...(query.sinceTime !== undefined && { sinceTime: query.sinceTime }),
    ...(op === 'exec' && { command: commandOf(query.command, request.body) }),
  };
  const address = `${addresses[0]?.address}:10250`;
  const url = `https://${address}/containerLogs/${info.namespace}/${info.name}/${container}`;
  const dial = `${op === 'logs' ? `Get "${url}":` : 'error dialing backend:'} dial tcp ${address}: `;
  return { type: 'kubelet', to: `kubelet@${node}`, question, dial };
}

/** Source: pkg/apis/core/validation/validation.go (ValidatePodLogOptions) */
function logOptionsProblem(query: Query, pod: string): Status | undefined {
  const errors: Errors = [];
  const { sinceSeconds, sinceTime, tailLines, limitBytes } = query;
  for (const text of [sinceSeconds, tailLines, limitBytes]) {
    const problem = text === undefined ? undefined : integerProblem(text);
    if (problem !== undefined) return badRequest(problem);
  }
  if (sinceTime && !RFC3339.test(sinceTime)) {
    const text = JSON.stringify(sinceTime);
    return badRequest(`parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"`);
  }
  if (Number(tailLines) < 0) invalid(errors, 'tailLines', Number(tailLines), NEGATIVE);
  if (Number(limitBytes) < 1) invalid(errors, 'limitBytes', Number(limitBytes), NOT_POSITIVE);
  if (sinceSeconds !== undefined && sinceTime)
    forbidden(errors, '', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  else if (Number(sinceSeconds) < 1) invalid(errors, 'sinceSeconds', Number(sinceSeconds), NOT_POSITIVE);
  return errors.length === 0 ? undefined : invalidStatus('PodLogOptions', '', pod, errors);
}

type Query = NonNullable<ApiRequest['query']>;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const NOT_POSITIVE = 'must be greater than zero';

/** The answer of a kubelet as the client gets it. */
export function kubeletAnswer(status: number, body: unknown, { query }: ApiRequest): { code: number; body: unknown } {
  const most = query?.limitBytes;
  if (status === 200) return { code: 200, body: most && typeof body === 'string' ? body.slice(0, Number(most)) : body };
  const message = String(body);
  const refused: Status = status === 400 ? badRequest(message) : untypedError(message);
  return { code: status, body: status === 400 ? refused : { ...refused, code: status } };
}

function containerOf(pod: Pod, wanted: string): string | Status {
  const { containers, initContainers = [] } = pod.spec;
  const { name, annotations } = pod.metadata;
  const names = containers.map((container) => container.name);
  if (wanted !== '') {
    const all = [...names, ...initContainers.map((container) => container.name)];
    return all.includes(wanted) ? wanted : badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  if (names.length === 1) return names[0] as string;
  const preferred = annotations?.['kubectl.kubernetes.io/default-container'];
  if (preferred !== undefined && names.includes(preferred)) return preferred;
  const init =
    initContainers.length > 0
      ? ` or one of the init containers: [${initContainers.map((container) => container.name).join(' ')}]`
      : '';
  return badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${init}`);
}

/** The words of a command: in the body, or in the query as a JSON list or a single word. */
function commandOf(query: string | undefined, body: unknown): string[] {
  const sent = (body as { command?: unknown } | undefined)?.command;
  if (Array.isArray(sent)) return sent.map(String);
  if (query === undefined) return [];
  const list = query.startsWith('[') ? parseJson(query) : undefined;
  return list !== undefined && 'value' in list && Array.isArray(list.value) ? list.value.map(String) : [query];
}

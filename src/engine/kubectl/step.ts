import type { KubernetesObject } from '../api/object.ts';
import { collectionPath, resourceOfKind } from '../api/resources.ts';
import { serviceUnavailable } from '../api/status.ts';
import { call, receive } from '../client/client.ts';
import { type Answer, type Call, isSuccess } from '../client/messages.ts';
import type { Body, Effect, Env, Step } from '../kernel/types.ts';
import type { ApplyCommand, KubectlState, Outcome, RawCommand, Running } from './state.ts';
import { threeWayPatch } from './three-way-patch.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** A person waits for minutes, not for ten seconds. */
const TIMEOUT_MS = 60_000;

type Tag = { readonly raw: number } | { readonly apply: number; readonly step: 'get' | 'write' };

/**
 * kubectl on the user's own computer: a client of the API server like any other. `apply` reads each object, then
 * creates it or patches what changed. Source: staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go
 */
export const step: Step<KubectlState, Body> = (state, message, env) => {
  const { body } = message;
  if (body.type === 'apply') {
    const command = body as ApplyCommand;
    const running: Running = { id: command.id, command, outcomes: [] };
    return next(state, running, env);
  }
  if (body.type === 'raw') {
    const { id, call: what } = body as RawCommand;
    return call(state.client, env, what, { raw: id }, { timeoutMs: TIMEOUT_MS });
  }
  const received = receive(state.client, message, env);
  return received ? received.effects.concat(received.answers.flatMap((answer) => take(state, answer, env))) : [];
};

/** Goes on with the next object of an apply, or ends it. */
function next(state: KubectlState, running: Running, env: Env): Effect[] {
  const { id, command, outcomes } = running;
  const object = command.objects[outcomes.length];
  if (object === undefined) {
    state.running.delete(String(id));
    state.applied.set(String(id), outcomes);
    return [];
  }
  state.running.set(String(id), running);
  const path = pathOf(object, command.namespace);
  if (path === undefined) return finish(state, running, { verb: 'failed', status: noMatch(object) }, env);
  return call(state.client, env, { method: 'GET', path: `${path}/${object.metadata.name}` }, tag(id, 'get'), options);
}

const options = { timeoutMs: TIMEOUT_MS };
const tag = (apply: number, at: 'get' | 'write'): Tag => ({ apply, step: at });

function finish(state: KubectlState, running: Running, outcome: Outcome, env: Env): Effect[] {
  return next(state, { ...running, outcomes: [...running.outcomes, outcome] }, env);
}

function take(state: KubectlState, answer: Answer, env: Env): Effect[] {
  const where = answer.tag as Tag;
  if ('raw' in where) {
    const body = answer.status === 0 ? connectionStatus(answer) : answer.body;
    state.answered.set(String(where.raw), { status: answer.status, body, warnings: answer.warnings });
    return [];
  }
  const running = state.running.get(String(where.apply)) as Running;
  const object = running.command.objects[running.outcomes.length] as KubernetesObject;
  if (where.step === 'write') {
    if (!isSuccess(answer)) return finish(state, running, failure(answer), env);
    const verb = answer.status === 201 ? 'created' : 'configured';
    return finish(state, running, { verb, object: answer.body as KubernetesObject, warnings: answer.warnings }, env);
  }
  if (!isSuccess(answer) && answer.status !== 404) return finish(state, running, failure(answer), env);
  const live = answer.status === 404 ? undefined : (answer.body as KubernetesObject);
  const write = writeFor(object, running.command.namespace, live);
  if (write === undefined) return finish(state, running, { verb: 'unchanged', object: live }, env);
  return call(state.client, env, write, tag(running.id, 'write'), options);
}

/** The call that brings the live object to the text; undefined when it is there already. */
function writeFor(object: KubernetesObject, namespace: string, live: KubernetesObject | undefined): Call | undefined {
  const path = pathOf(object, namespace) as string;
  const query = { fieldManager: 'kubectl-client-side-apply', fieldValidation: 'Strict' };
  const modified = withLastApplied(object, namespace);
  if (live === undefined) return { method: 'POST', path, query, body: modified };
  const text = live.metadata.annotations?.[LAST_APPLIED];
  const last = text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>);
  const patch = threeWayPatch(object.kind, last, { ...modified }, { ...live });
  if (patch === undefined) return undefined;
  const contentType = 'application/strategic-merge-patch+json';
  return { method: 'PATCH', path: `${path}/${object.metadata.name}`, query, contentType, body: patch };
}

/** The object with its own text in the annotation by which the next apply knows what the user once asked for. */
function withLastApplied(object: KubernetesObject, namespace: string): KubernetesObject {
  const metadata = isNamespaced(object)
    ? { ...object.metadata, namespace: object.metadata.namespace ?? namespace }
    : object.metadata;
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations ?? {};
  const plain = { ...object, metadata: { ...metadata, annotations } };
  const text = `${JSON.stringify(sorted(plain))}\n`;
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

/** Keys in order, as Go writes maps. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

const isNamespaced = (object: KubernetesObject): boolean =>
  resourceOfKind(object.apiVersion, object.kind)?.namespaced ?? false;

/** Path of the collection; undefined for a kind that the server does not serve. */
function pathOf(object: KubernetesObject, namespace: string): string | undefined {
  const resource = resourceOfKind(object.apiVersion, object.kind);
  return resource && collectionPath(resource, object.metadata.namespace ?? namespace);
}

function failure(answer: Answer): Outcome {
  return { verb: 'failed', status: (answer.status === 0 ? connectionStatus(answer) : answer.body) as object };
}

/** kubectl's own sentence for a kind that discovery does not list (k8s.io/apimachinery/pkg/api/meta/errors.go). */
function noMatch({ apiVersion, kind, metadata }: KubernetesObject): object {
  const message = `resource mapping not found for name: "${metadata.name ?? ''}" namespace: "${metadata.namespace ?? ''}": no matches for kind "${kind}" in version "${apiVersion}"`;
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'NotFound', code: 404 };
}

function connectionStatus({ error }: Answer): object {
  const why = {
    refused: 'The connection to the server was refused - did you specify the right host or port?',
    timeout:
      'Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    lost: 'error: the connection to the server was lost before it answered',
  };
  return serviceUnavailable(why[error ?? 'lost']);
}

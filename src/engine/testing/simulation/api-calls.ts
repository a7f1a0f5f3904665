import type { KubernetesObject } from '../../api/object.ts';
import { resourceOfBareKind } from '../../api/resources.ts';
import { storageKey, storageKeyOf } from '../../api/storage-keys.ts';
import type { ApiRequest, ApiResponse } from '../../client/messages.ts';
import type { Message } from '../../kernel/types.ts';
import { splitPath } from '../../labels.ts';
import { Acknowledged } from './etcd-calls.ts';
import type { History } from './history.ts';
import { fail } from './violation.ts';

/** The API server towards its clients: no stale write is accepted, and who reads sees what was answered before. */
export class ApiCalls {
  private readonly history: History;
  private readonly acknowledged = new Acknowledged();
  private readonly open = new Map<string, Message>();

  constructor(history: History) {
    this.history = history;
  }

  asked(message: Message): void {
    const { method, query } = message.body as unknown as ApiRequest;
    const key = `${message.from} ${message.body.requestId}`;
    // The id may be that of a call of an earlier process that was never answered.
    this.open.delete(key);
    if (method === 'DELETE' || method === 'POST') return;
    if (query?.watch === 'true' || query?.resourceVersion !== undefined) return;
    this.open.set(key, message);
  }

  answered(message: Message): void {
    const { status, body } = message.body as unknown as ApiResponse;
    const key = `${message.to} ${message.body.requestId}`;
    const request = this.open.get(key);
    if (request !== undefined) this.open.delete(key);
    if (status >= 300 && status !== 404) return;
    const object = body as KubernetesObject | undefined;
    const revision = Number(object?.metadata?.resourceVersion ?? 0);
    const question = request?.body as ApiRequest | undefined;
    if (request !== undefined && question?.method === 'GET') this.read(request, question, status, object);
    else if (revision > this.history.base) {
      if (revision > this.history.revision) fail('what is answered is committed', `revision ${revision}`);
      if (question !== undefined) this.wrote(question, object as KubernetesObject, revision);
    }
    if (status < 300 && question?.method !== 'GET') this.acknowledged.add(message.dueAt, revision);
  }

  /** A write that names the version it changes has changed just that one. */
  private wrote({ body, method }: ApiRequest, object: KubernetesObject, revision: number): void {
    const version = (body as KubernetesObject | undefined)?.metadata?.resourceVersion;
    const key = object.kind === undefined ? undefined : storageKeyOf(object);
    if (!version || key === undefined) return;
    const event = this.history.at(revision)?.find(({ kv }) => kv.key === key);
    // Nothing changed: the answer is the stored object.
    if (event === undefined || String(revision) === version) return;
    const before = String(event.prev?.modRevision ?? 0);
    if (before !== version)
      fail('a stale write is refused', `${method} ${key} of ${before}, written over as ${version}`);
  }

  private read(message: Message, request: ApiRequest, status: number, object: KubernetesObject | undefined): void {
    const least = this.acknowledged.before(message.sentAt);
    const parts = splitPath(request.path);
    if (least <= this.history.base || parts === undefined || parts.subresource !== '') return;
    if (parts.name === '') {
      const revision = Number(object?.metadata?.resourceVersion ?? 0);
      if (status !== 404 && revision < least)
        fail('a list has what was written before', `${request.path} of ${revision}`);
      return;
    }
    const resource = resourceOfBareKind(parts.kind);
    if (resource === undefined) return;
    const last = this.history.lastOf(storageKey(resource, parts.namespace, parts.name), least);
    if (last === undefined) return;
    const revision = Number(object?.metadata?.resourceVersion ?? 0);
    const isThere = status < 300;
    const isRight = isThere ? revision >= last.revision : last.event.type === 'delete' || this.goneSince(last);
    if (!isRight) fail('a read sees what was written before', `${request.path} of ${revision}, after ${last.revision}`);
  }

  private goneSince({ event, revision }: { event: { kv: { key: string } }; revision: number }): boolean {
    const now = this.history.lastOf(event.kv.key, this.history.revision);
    return now !== undefined && now.revision > revision;
  }
}

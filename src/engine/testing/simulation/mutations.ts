import type { Deployment, Pod } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ApiRequest, ApiResponse, WatchEvents } from '../../client/messages.ts';
import type { CniState } from '../../cni/state.ts';
import { definitions } from '../../components.ts';
import type { Operation, RangeResponse, TxnRequest } from '../../etcd/messages.ts';
import type { Store } from '../../etcd/state.ts';
import type { Definitions } from '../../kernel/kernel.ts';
import type { Body, ComponentDefinition, Effect, Message } from '../../kernel/types.ts';

/** A rule broken on purpose, and what should be found to hold no longer. */
export interface Mutation {
  readonly what: string;
  readonly found: RegExp;
  /** Fresh definitions for each run: some of them count. */
  readonly break: () => Definitions;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'etcd does not compare before it writes',
    found: /a stale write is refused/,
    break: () => withInput('etcd', (message) => changed<TxnRequest>(message, 'txn', () => ({ compare: [] }))),
  },
  {
    what: 'etcd forgets its last write when it ends',
    found: /what was committed before|every member applies the same|acknowledged write|revisions have no gap/,
    break: () =>
      changedDefinition('etcd', (etcd) => ({ ...etcd, create: (c, disk, h) => etcd.create(c, forgetLast(disk), h) })),
  },
  {
    what: 'etcd answers reads from before the last write',
    found: /what was committed before|gives the newest value/,
    break: () => withOutput('etcd', (body) => (body.type === 'rangeResponse' ? older(body as RangeResponse) : body)),
  },
  {
    what: 'the API server loses a watch event now and then',
    found: /a watch has no gap/,
    break: () => {
      let n = 0;
      return withOutput('apiserver', (body) => (body.type === 'watchEvents' && ++n % 100 === 0 ? undefined : body));
    },
  },
  {
    what: 'a pod that is bound is bound again',
    found: /a pod is bound once/,
    break: () => withInput('etcd', (message) => putting('Pod', message, boundElsewhere)),
  },
  {
    what: 'all new pods have one uid',
    found: /a uid is used once/,
    break: () => withInput('etcd', (message) => putting('Pod', message, withOneUid)),
  },
  {
    what: 'the CNI plugin forgets which addresses it gave',
    found: /no address is given twice/,
    break: () =>
      changedDefinition('cni', (cni) => ({
        ...cni,
        step: (state, message, env) => {
          (state as CniState).addresses.clear();
          (state as CniState).lastReserved = 1;
          return cni.step(state, message, env);
        },
      })),
  },
  {
    what: 'a kubelet is given the pods of another node',
    found: /only the bound kubelet runs a pod/,
    break: () => withInput('apiserver', (message) => changed<ApiRequest>(message, 'apiRequest', forAnotherNode)),
  },
  {
    what: 'pods are evicted without their toleration time',
    found: /a pod is evicted only when its time has passed/,
    break: () => withInput('controller-manager', (message) => seeing('Pod', message, withoutTolerationTime)),
  },
  {
    what: 'the Deployment controller does not keep to maxSurge',
    found: /a rollout keeps within maxSurge/,
    break: () =>
      withInput('controller-manager', (message) => seeing('Deployment', message, rolling({ maxSurge: '300%' }))),
  },
  {
    what: 'the Deployment controller does not keep to maxUnavailable',
    found: /a rollout keeps within maxUnavailable/,
    break: () => {
      const all = rolling({ maxSurge: 0, maxUnavailable: '100%' });
      return withInput('controller-manager', (message) => seeing('Deployment', message, all));
    },
  },
  {
    what: 'the garbage collector does not run',
    found: /a healed cluster comes to what was asked for/,
    break: () =>
      changedDefinition('controller-manager', (manager) => ({
        ...manager,
        create: (config, disk, host) =>
          manager.create({ ...config, disabled: ['garbage-collector-controller'] }, disk, host),
      })),
  },
];

// --- ways to break a component ------------------------------------------------------------------------------------------

type Definition = ComponentDefinition<unknown, Body, object>;

function changedDefinition(component: string, change: (definition: Definition) => Definition): Definitions {
  const definition = definitions[component] as unknown as Definition;
  return { ...definitions, [component]: change(definition) } as unknown as Definitions;
}

/** The component gets other messages than were sent. */
function withInput(component: string, change: (message: Message) => Message): Definitions {
  return changedDefinition(component, (real) => ({
    ...real,
    step: (state, message, env) => real.step(state, change(message), env),
  }));
}

/** The component sends other bodies than it wants to, or does not send. */
function withOutput(component: string, change: (body: Body) => Body | undefined): Definitions {
  return changedDefinition(component, (real) => ({
    ...real,
    step: (state, message, env) =>
      real.step(state, message, env).flatMap((effect): Effect[] => {
        if (effect.effect !== 'send') return [effect];
        const body = change(effect.body);
        return body === undefined ? [] : [{ ...effect, body }];
      }),
  }));
}

function changed<B extends Body>(message: Message, type: B['type'], change: (body: B) => Partial<B>): Message {
  if (message.body.type !== type) return message;
  return { ...message, body: { ...message.body, ...change(message.body as B) } };
}

/** A write to etcd with other objects of a kind. */
function putting(kind: string, message: Message, change: (object: never, isNew: boolean) => object): Message {
  return changed<TxnRequest>(message, 'txn', ({ success, compare }) => ({
    success: success.map((operation): Operation => {
      if (operation.op !== 'put' || operation.value.kind !== kind) return operation;
      const isNew = compare.some(({ key, modRevision }) => key === operation.key && modRevision === 0);
      return { ...operation, value: change(operation.value as never, isNew) as KubernetesObject };
    }),
  }));
}

/** A client sees other objects of a kind, in lists and watches. */
function seeing(kind: string, message: Message, change: (object: never) => object): Message {
  const seen = (object: KubernetesObject): KubernetesObject =>
    object?.kind === kind && 'spec' in object ? (change(object as never) as KubernetesObject) : object;
  const events = changed<WatchEvents>(message, 'watchEvents', ({ events: all }) => ({
    events: all.map((event) => ({ ...event, object: seen(event.object) })),
  }));
  return changed<ApiResponse>(events, 'apiResponse', ({ body }) => {
    const { items } = (body ?? {}) as { items?: KubernetesObject[] };
    return items === undefined ? {} : { body: { ...(body as object), items: items.map(seen) } };
  });
}

// --- the changes --------------------------------------------------------------------------------------------------------

function forgetLast(disk: unknown): unknown {
  if (disk === undefined) return undefined;
  const { store } = disk as { store: Store };
  for (const { kv, prev } of store.log.delete(String(store.revision)) ?? []) {
    if (prev === undefined) store.keys.delete(kv.key);
    else store.keys.set(kv.key, prev);
  }
  return { ...disk, store: { ...store, revision: store.revision - 1 } };
}

const older = (body: RangeResponse): RangeResponse => ({ ...body, revision: body.revision - 1 });

function boundElsewhere(pod: Pod): object {
  if (pod.spec.nodeName !== 'kind-worker' || pod.status?.podIP === undefined) return pod;
  return { ...pod, spec: { ...pod.spec, nodeName: 'kind-worker2' } };
}

function withOneUid(pod: Pod, isNew: boolean): object {
  return isNew ? { ...pod, metadata: { ...pod.metadata, uid: 'the-only-one' } } : pod;
}

function forAnotherNode({ user, query, path }: ApiRequest): Partial<ApiRequest> {
  if (user !== 'system:node:kind-worker' || path !== '/api/v1/pods') return {};
  return { user: 'system:node:kind-worker2', query: { ...query, fieldSelector: 'spec.nodeName=kind-worker2' } };
}

function withoutTolerationTime(pod: Pod): object {
  const tolerations = pod.spec.tolerations?.map((one) =>
    one.tolerationSeconds === undefined ? one : { ...one, tolerationSeconds: 0 },
  );
  return { ...pod, spec: { ...pod.spec, tolerations } };
}

function rolling(rollingUpdate: object): (deployment: Deployment) => object {
  return (deployment) => ({
    ...deployment,
    spec: { ...deployment.spec, strategy: { type: 'RollingUpdate', rollingUpdate } },
  });
}

import type { KubernetesObject } from '../api/object.ts';
import { collectionPath, type Resource, resourceOfKind } from '../api/resources.ts';
import { call, newClient, receive } from '../client/client.ts';
import { isSuccess } from '../client/messages.ts';
import type { ClientState } from '../client/state.ts';
import { plain } from '../kernel/plain.ts';
import {
  type Address,
  type Body,
  type ComponentDefinition,
  type Effect,
  type Env,
  type Step,
  timer,
} from '../kernel/types.ts';

export interface KubeadmConfig {
  readonly server: Address;
  /** What is to be created once the API server answers, in order. */
  readonly objects: readonly KubernetesObject[];
}

interface KubeadmState {
  readonly config: KubeadmConfig;
  readonly client: ClientState;
  created: number;
}

/** `kubeadm init` polls the API server while its static pods come up. */
const RETRY_MS = 500;

/**
 * kubeadm on the user's computer: creates the addons, one after the other, as soon as the API server takes them.
 * Source: cmd/kubeadm/app/cmd/init.go
 */
const step: Step<KubeadmState, Body> = (state, message, env) => {
  if (message.body.type === 'start' || message.body.type === 'timer') {
    const received = message.body.type === 'timer' ? receive(state.client, message, env) : undefined;
    return received ? received.effects : createNext(state, env);
  }
  const received = receive(state.client, message, env);
  if (received === undefined) return [];
  const effects = received.effects;
  for (const answer of received.answers) {
    if (isSuccess(answer) || answer.status === 409) {
      state.created++;
      effects.push(...createNext(state, env));
    } else effects.push(timer('retry', RETRY_MS));
  }
  return effects;
};

function createNext(state: KubeadmState, env: Env): Effect[] {
  const object = plain(state.config).objects[state.created];
  if (object === undefined) return [];
  const resource = resourceOfKind(object.apiVersion, object.kind) as Resource;
  const path = collectionPath(resource, object.metadata.namespace);
  return call(state.client, env, { method: 'POST', path, body: object }, 'create');
}

export const definition: ComponentDefinition<KubeadmState, never, KubeadmConfig> = {
  component: 'kubeadm',
  create: (config) => ({
    config,
    client: { ...newClient(config.server, 'kubernetes-admin', 'kubeadm'), close: true },
    created: 0,
  }),
  step,
};

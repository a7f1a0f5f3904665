import type { RuntimeFault } from '../cri/faults.ts';
import type { ReadLogs } from '../cri/messages.ts';
import {
  type Address,
  type Body,
  type Effect,
  type Env,
  type ProcessExitedBody,
  type Step,
  send,
} from '../kernel/types.ts';
import {
  advance,
  containerTimer,
  createContainer,
  finish,
  removeContainer,
  startContainer,
  statusOf,
  stopContainer,
} from './containers.ts';
import { execSync, execTimeout, resumeExec } from './exec.ts';
import { canonicalName, parseImageReference } from './image-reference.ts';
import { readLog } from './logs.ts';
import { listPodStats } from './memory.ts';
import {
  connectAnswered,
  connectTo,
  dnsAnswered,
  localAnswer,
  type NetworkStep,
  networkRefused,
  networkTimeout,
  packetRouted,
} from './network.ts';
import { endProbes, networkProbe, probeAnswered } from './probes.ts';
import { waitTimer } from './processes.ts';
import { answerStatus, imageStatus, pullImage, pullTimer, statusEffects } from './pulls.ts';
import {
  abandonSandboxes,
  cniResult,
  podSandboxStatus,
  removePodSandbox,
  runPodSandbox,
  sandboxStatus,
  stopPodSandbox,
} from './sandboxes.ts';
import { type ContainerdBody, type ContainerdState, forgetProcesses } from './state.ts';

/** containerd: answers the kubelet's CRI calls, and runs the containers' processes. */
export const step: Step<ContainerdState, ContainerdBody> = (state, message, env) => {
  const { body } = message;
  switch (body.type) {
    case 'start':
      return start(state, env);
    case 'timer':
      return fire(state, body.key, env);
    case 'runPodSandbox':
      return runPodSandbox(state, body, message, env);
    case 'podSandboxStatus':
      return podSandboxStatus(state, body, message);
    case 'stopPodSandbox':
      return stopPodSandbox(state, body, message, env);
    case 'removePodSandbox':
      return removePodSandbox(state, body, message);
    case 'imageStatus':
      return imageStatus(state, body, message);
    case 'pullImage':
      return pullImage(state, body, message);
    case 'createContainer':
      return createContainer(state, body, message, env);
    case 'startContainer':
      return startContainer(state, body, message, env);
    case 'stopContainer':
      return stopContainer(state, body, message, env);
    case 'removeContainer':
      return removeContainer(state, body, message);
    case 'listPods':
      return listPods(state, body.requestId, message.from);
    case 'getContainerEvents':
      state.subscriber = message.from;
      return [send(message.from, reply('getContainerEventsResponse', body.requestId))];
    case 'runtimeStatus':
      return answerStatus(state, body.requestId, message.from);
    case 'listPodStats':
      return listPodStats(state, body, message);
    case 'execSync':
      return execSync(state, body, message, env);
    case 'networkProbe':
      return networkProbe(state, body, message, env);
    case 'readLogs':
      return readLogs(state, body, message.from);
    case 'writeVolume':
      state.volumes.set(body.hostPath, body.files);
      return [];
    case 'cniConfig':
      return cniConfig(state, body.subnet);
    case 'cniResult': {
      const asked = state.asked.delete(String(body.requestId));
      return asked ? cniResult(state, asked, body) : [];
    }
    case 'routePacket':
    case 'replaceRoutes':
    case 'findRoute':
    case 'dnsQuery':
      return [];
    case 'packetRouted':
      return network(state, packetRouted(state, body, env), env);
    case 'connect':
      return connectTo(state, body, message, env);
    case 'connectAnswer':
      return network(state, connectAnswered(state, body, env), env);
    case 'dnsAnswer': {
      const asked = state.asked.delete(String(body.requestId));
      return asked?.for === 'dns' ? dnsAnswered(asked, body) : [];
    }
    case 'apiResponse': {
      const asked = state.asked.delete(String(body.requestId));
      return asked?.for === 'probe' ? probeAnswered(asked, body.status, body.body) : [];
    }
    case 'connectionRefused':
      return refused(state, body.requestId, env);
    case 'connectionLost':
      return [...endProbes(state, body.peer as string), ...abandonSandboxes(state, body.peer as string, env)];
    case 'processExited':
      return exited(state, body, env);
    case 'faultContainer':
    case 'faultRegistry':
    case 'faultProbe':
      return fault(state, body, env);
  }
};

function reply(type: string, requestId: number, more: object = {}): Body {
  return { type, reply: true, requestId, ...more } as Body;
}

function start(state: ContainerdState, env: Env): Effect[] {
  const effects: Effect[] = [
    { effect: 'stopProcess', component: 'cni' },
    { effect: 'startProcess', component: 'cni', config: { boots: state.boots }, tag: 'cni' },
  ];
  if (state.rebooted) forgetProcesses(state, env.wallNow);
  // The shims kept the processes running while containerd was away; its timers are gone.
  for (const row of state.containers.by('running', 'yes')) {
    if (row.wait?.for === 'time') effects.push(waitTimer(`run/${row.id}`, row.wait, row.waits, env));
    else if (row.program.kind !== 'serve') effects.push(...containerTimer(state, 'run', row.id, env));
  }
  return effects;
}

function fire(state: ContainerdState, key: string, env: Env): Effect[] {
  const slash = key.indexOf('/');
  const kind = key.slice(0, slash);
  const id = key.slice(slash + 1);
  switch (kind) {
    case 'pull':
      return pullTimer(state, id);
    case 'exec':
      return resumeExec(state, id, env);
    case 'exec-timeout':
      return execTimeout(state, id);
    case 'net':
      return network(state, networkTimeout(state, Number(id)), env);
    case 'answer': {
      const [number = '', address = ''] = id.split('/');
      return network(state, localAnswer(state, Number(number), address), env);
    }
    default:
      return containerTimer(state, kind, id, env);
  }
}

// Hands an answer of the network to the script that waits for it.
function network(state: ContainerdState, { effects, answered }: NetworkStep, env: Env): Effect[] {
  if (!answered) return effects;
  const { asker, answer } = answered;
  if (asker.for === 'exec') return [...effects, ...resumeExec(state, asker.key, env, answer)];
  const row = state.containers.get(asker.key);
  return row?.state === 'RUNNING' ? [...effects, ...advance(state, row, env, answer)] : effects;
}

function refused(state: ContainerdState, requestId: number, env: Env): Effect[] {
  const asked = state.asked.delete(String(requestId));
  if (asked?.for === 'dns') return [send(asked.from, reply('connectAnswer', asked.requestId, { outcome: 'refused' }))];
  if (asked?.for === 'probe') return probeAnswered(asked, undefined, '');
  if (asked) return cniResult(state, asked, { error: 'plugin type="ptp" failed: no such file or directory' });
  return network(state, networkRefused(state, requestId), env);
}

function cniConfig(state: ContainerdState, subnet: string): Effect[] {
  if (state.podSubnet === subnet) return [];
  state.podSubnet = subnet;
  return statusEffects(state);
}

function listPods(state: ContainerdState, requestId: number, to: Address): Effect[] {
  const sandboxes = [...state.sandboxes.values()].map(sandboxStatus);
  const containers = [...state.containers.values()].map(statusOf);
  return [send(to, reply('listPodsResponse', requestId, { sandboxes, containers }))];
}

function readLogs(
  state: ContainerdState,
  { requestId, containerId, tailLines, since, timestamps }: ReadLogs,
  to: Address,
) {
  const row = state.containers.get(containerId);
  const text = row ? readLog(state, row, tailLines, timestamps ?? false, since) : '';
  return [send(to, reply('readLogsResponse', requestId, { text }))];
}

// A component's process ended: so did its container (and that of its other replica here).
function exited(state: ContainerdState, { tag, exitCode }: ProcessExitedBody, env: Env): Effect[] {
  const component = state.containers.get(tag)?.program.component;
  if (component === undefined) return [];
  return state.containers.by('component', component).flatMap((row) => finish(state, row, exitCode, env));
}

function fault(state: ContainerdState, body: RuntimeFault, env: Env): Effect[] {
  switch (body.type) {
    case 'faultRegistry': {
      const image = body.image === undefined ? '*' : fullName(body.image);
      const others = state.registryFaults.filter((known) => known !== image);
      state.registryFaults = body.active ? [...others, image] : others;
      return [];
    }
    case 'faultProbe': {
      const { namespace, pod, container = '', probe = '', active } = body;
      const same = (f: ContainerdState['probeFaults'][number]): boolean =>
        f.namespace === namespace && f.pod === pod && f.container === container && f.probe === probe;
      const others = state.probeFaults.filter((known) => !same(known)).map((known) => ({ ...known }));
      state.probeFaults = active ? [...others, { namespace, pod, container, probe }] : others;
      return [];
    }
    case 'faultContainer': {
      for (const sandbox of state.sandboxes.by('pod', `${body.namespace}/${body.pod}`)) {
        const row = state.containers
          .by('sandbox', sandbox.id)
          .find(({ state, config }) => state === 'RUNNING' && (!body.container || config.name === body.container));
        if (row) return finish(state, row, body.exitCode, env, body.reason);
      }
      return [];
    }
  }
}

function fullName(image: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok ? canonicalName(parsed.reference) : image;
}

/** What the inspector shows. */
export function view(state: ContainerdState): object {
  const running = state.containers.keysBy('running', 'yes').size;
  return {
    images: [...state.images.keys()].slice(0, VIEW_MAX),
    sandboxes: state.sandboxes.size,
    containers: state.containers.size,
    running,
    pulls: [...state.pulls.values()].slice(0, VIEW_MAX).map(({ image, quarter }) => ({ image, quarter })),
    network: state.podSubnet === '' ? 'not ready' : state.podSubnet,
    memoryUsedBytes: state.memoryUsedBytes,
  };
}

const VIEW_MAX = 50;

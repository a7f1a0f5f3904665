import type { Deployment, Node, ReplicaSet } from '../../api/generated/types.ts';
import { isControlledBy, type KubernetesObject } from '../../api/object.ts';
import { DESIRED_REPLICAS, numberIn } from '../../controllers/deployment/arithmetic.ts';
import { isSameTemplate } from '../../controllers/deployment/revisions.ts';
import type { SimulatedCluster } from '../../index.ts';
import { type Act, cordonAct } from './acts.ts';
import type { Dice } from './dice.ts';

const APPS = ['web', 'api', 'db'];
/**
 * Always of the strategy Recreate. A change of strategy together with the scale, and scaling while maxSurge is 0, can
 * stop a Deployment for good in Kubernetes too (kubernetes/kubernetes issues 125568 and 102551).
 */
const RECREATED = 'db';
const NAMESPACES = ['default', 'shop'];
const GOOD_IMAGES = ['nginx:1.26', 'nginx:1.27', 'httpd:2.4'];
/** One has no such tag, the other ends at once. */
const BAD_IMAGES = ['nginx:1.161', 'busybox:1.36'];

/** What a user might do next to a cluster with these nodes. */
export function randomUse(dice: Dice, workers: readonly string[]): Act[] {
  const namespace = dice.chance(0.8) ? 'default' : 'shop';
  const app = dice.pick(APPS);
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const roll = dice.next();
  if (roll < 0.42) return [...home(namespace), submit(randomDeployment(dice, app, namespace))];
  if (roll < 0.52) return [...home(namespace), submit(service(app, namespace))];
  if (roll < 0.6) return [...home(namespace), submit(daemonSet(dice, namespace))];
  if (roll < 0.7) return [merge('PATCH', `${deployments}/${app}`, { spec: { replicas: dice.int(0, 6) } })];
  if (roll < 0.76) return [remove(`${deployments}/${app}`, dice.pick(['Background', 'Foreground', 'Orphan']))];
  if (roll < 0.79) return [remove(`/apis/apps/v1/namespaces/${namespace}/daemonsets/agent`, 'Background')];
  if (roll < 0.82) return [remove(`/api/v1/namespaces/shop`, 'Background')];
  if (roll < 0.88) return [submit(pod(dice, namespace))];
  if (workers.length === 0) return [];
  if (roll < 0.94) return [{ do: 'drain', node: dice.pick(workers) }];
  return [cordonAct(dice.pick(workers), dice.chance(0.5))];
}

/** What a user might do next to etcd's group: mostly what makes it whole again. */
export function randomChange(dice: Dice, members: readonly string[]): Act {
  const roll = dice.next();
  if (roll < 0.4) return { do: 'tend' };
  if (roll < 0.65) return { do: 'members', command: { do: 'add', learner: dice.chance(0.7) } };
  const member = dice.pick(members);
  return { do: 'members', command: { do: roll < 0.75 ? 'promote' : 'remove', member } };
}

/** Makes everything that was asked for possible again: no node is closed. */
export function uncordonAll(cluster: SimulatedCluster): Act[] {
  const closed = cluster.list('Node').filter((node) => (node as Node).spec?.unschedulable);
  return closed.map(({ metadata }) => cordonAct(metadata.name, false));
}

/**
 * Frees Deployments that have stopped for good (issue 125568), as a user does: one ReplicaSet keeps its pods, or the
 * Deployment is scaled. It takes no change of strategy: when the answer to the creation of a ReplicaSet is lost, and the
 * Deployment changes before its controller sees it, two of different sizes are active. And one that was made for another
 * number of replicas, and has by chance as many as are wanted now, is never marked as scaled: its Deployment waits for
 * that for ever. Source: pkg/controller/deployment/sync.go (isScalingEvent, scale)
 */
export function freeStopped(cluster: SimulatedCluster): Act[] {
  const sets = cluster.list('ReplicaSet') as ReplicaSet[];
  return (cluster.list('Deployment') as Deployment[]).flatMap((deployment) => {
    const own = sets.filter((set) => (set.spec.replicas ?? 1) > 0 && isControlledBy(set, deployment));
    if (isStopped(deployment, own)) return own.slice(1).map((set) => scaled('replicasets', set, 0));
    const wanted = deployment.spec.replicas ?? 1;
    return isUnmarked(deployment, own) ? [scaled('deployments', deployment, wanted - 1)] : [];
  });
}

function isUnmarked({ spec }: Deployment, [only, ...more]: readonly ReplicaSet[]): boolean {
  if (only === undefined || more.length > 0 || isSameTemplate(only.spec.template, spec.template)) return false;
  const wanted = spec.replicas ?? 1;
  return only.spec.replicas === wanted && numberIn(only, DESIRED_REPLICAS) !== wanted;
}

function isStopped({ spec }: Deployment, active: readonly ReplicaSet[]): boolean {
  const wanted = spec.replicas ?? 1;
  const isSaturated = (set: ReplicaSet): boolean =>
    [set.spec.replicas, numberIn(set, DESIRED_REPLICAS), set.status?.availableReplicas].every((n) => n === wanted);
  return (
    spec.strategy?.type === 'Recreate' &&
    active.length > 1 &&
    active.some((set) => numberIn(set, DESIRED_REPLICAS) !== wanted) &&
    !active.some((set) => isSameTemplate(set.spec.template, spec.template) && isSaturated(set))
  );
}

function scaled(plural: string, { metadata }: KubernetesObject, replicas: number): Act {
  const path = `/apis/apps/v1/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;
  return merge('PATCH', path, { spec: { replicas } });
}

/** Images that never become ready: what uses them is not waited for. */
export const neverReady = (image: string | undefined): boolean => BAD_IMAGES.includes(image ?? '');

const submit = (...objects: KubernetesObject[]): Act => ({ do: 'submit', objects });

function home(namespace: string): Act[] {
  if (namespace === NAMESPACES[0]) return [];
  return [submit({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } as KubernetesObject)];
}

function merge(method: 'PATCH', path: string, body: object): Act {
  return { do: 'request', call: { method, path, contentType: 'application/merge-patch+json', body } };
}

export function remove(path: string, propagationPolicy: string): Act {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy };
  return { do: 'request', call: { method: 'DELETE', path, body } };
}

function randomImage(dice: Dice): string {
  return dice.pick(dice.chance(0.12) ? BAD_IMAGES : GOOD_IMAGES);
}

function randomDeployment(dice: Dice, name: string, namespace: string): KubernetesObject {
  const labels = { app: name };
  const container = {
    name: 'c',
    image: randomImage(dice),
    resources: { requests: { cpu: dice.pick(['50m', '100m', '150m']), memory: '64Mi' } },
    ...(dice.chance(0.3) && { readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: dice.int(1, 10) } }),
  };
  const spec = {
    replicas: dice.int(0, 6),
    selector: { matchLabels: labels },
    ...(name === RECREATED
      ? { strategy: { type: 'Recreate' } }
      : dice.chance(0.3) && { strategy: randomStrategy(dice) }),
    template: {
      metadata: { labels },
      spec: {
        containers: [container],
        ...(dice.chance(0.5) && { terminationGracePeriodSeconds: dice.pick([0, 1, 5, 30]) }),
        ...(dice.chance(0.2) && { tolerations: quickTolerations(dice.int(0, 60)) }),
      },
    },
  };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec } as KubernetesObject;
}

function randomStrategy(dice: Dice): object {
  const [maxSurge, maxUnavailable] = dice.pick([
    [1, 0],
    ['50%', '50%'],
    ['100%', 0],
    [2, 2],
  ]);
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
}

function quickTolerations(tolerationSeconds: number): object[] {
  return ['not-ready', 'unreachable'].map((state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  }));
}

function service(name: string, namespace: string): KubernetesObject {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec } as KubernetesObject;
}

function daemonSet(dice: Dice, namespace: string): KubernetesObject {
  const labels = { app: 'agent' };
  const container = { name: 'c', image: dice.pick(GOOD_IMAGES) };
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace }, spec } as KubernetesObject;
}

function pod(dice: Dice, namespace: string): KubernetesObject {
  const name = `single-${dice.int(1, 3)}`;
  const spec = {
    containers: [{ name: 'c', image: dice.pick(GOOD_IMAGES) }],
    restartPolicy: dice.pick(['Always', 'Never']),
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec } as KubernetesObject;
}

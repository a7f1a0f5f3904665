import antiAffinity from './anti-affinity.yaml?raw';
import crashLoop from './crash-loop.yaml?raw';
import daemonSet from './daemonset.yaml?raw';
import gateClosed from './gate-closed.yaml?raw';
import gateOpen from './gate-open.yaml?raw';
import initContainers from './init-containers.yaml?raw';
import livenessExec from './liveness-exec.yaml?raw';
import nginxDeployment from './nginx-deployment.yaml?raw';
import nodeAffinity from './node-affinity.yaml?raw';
import quota from './quota.yaml?raw';
import readiness from './readiness.yaml?raw';
import rolloutBad from './rollout-bad.yaml?raw';
import rolloutGood from './rollout-good.yaml?raw';
import tooBig from './too-big.yaml?raw';
import topologySpread from './topology-spread.yaml?raw';
import web from './web.yaml?raw';

export interface ExampleStep {
  /** Told apart from the other steps by it; empty when there is only one. */
  readonly label: string;
  readonly text: string;
}

/** A manifest to try, and what will be seen. examples.test.ts holds each description to what the engine does. */
export interface Example {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly steps: readonly ExampleStep[];
  /** Page of the Kubernetes documentation that explains it. */
  readonly page: string;
}

const one = (text: string): readonly ExampleStep[] => [{ label: '', text }];

export const EXAMPLES: readonly Example[] = [
  {
    id: 'web',
    title: 'Deployment and Service',
    description: 'Three web servers, and one address that spreads requests over those that are ready.',
    steps: one(web),
    page: 'concepts/services-networking/service/',
  },
  {
    id: 'nginx-deployment',
    title: 'nginx Deployment',
    description: 'A Deployment makes a ReplicaSet, which makes three pods.',
    steps: one(nginxDeployment),
    page: 'concepts/workloads/controllers/deployment/',
  },
  {
    id: 'rolling-update',
    title: 'Rolling update to a bad image',
    description: 'The new version cannot be pulled: the rollout stops and three of the four old pods keep serving.',
    steps: [
      { label: '1. working version', text: rolloutGood },
      { label: '2. bad version', text: rolloutBad },
    ],
    page: 'concepts/workloads/controllers/deployment/#failed-deployment',
  },
  {
    id: 'daemonset',
    title: 'DaemonSet',
    description: 'One pod on every node, the control plane included.',
    steps: one(daemonSet),
    page: 'concepts/workloads/controllers/daemonset/',
  },
  {
    id: 'liveness-exec',
    title: 'Liveness probe',
    description: 'After half a minute the probe fails three times, and the kubelet restarts the container.',
    steps: one(livenessExec),
    page: 'tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
  },
  {
    id: 'readiness',
    title: 'Readiness probe',
    description: 'The pod runs at once, but gets into the Service only after 20 seconds, when its probe succeeds.',
    steps: one(readiness),
    page: 'concepts/configuration/liveness-readiness-startup-probes/',
  },
  {
    id: 'crash-loop',
    title: 'Crash loop',
    description: 'A container that keeps failing is restarted after longer and longer waits.',
    steps: one(crashLoop),
    page: 'concepts/workloads/pods/pod-lifecycle/#container-restarts',
  },
  {
    id: 'init-containers',
    title: 'Init containers',
    description: 'Two containers have to succeed, one after the other, before the app starts.',
    steps: one(initContainers),
    page: 'concepts/workloads/pods/init-containers/',
  },
  {
    id: 'too-big',
    title: 'Requests that do not fit',
    description: 'No node has 64 free CPUs: the pod stays Pending, and says why for every node.',
    steps: one(tooBig),
    page: 'concepts/configuration/manage-resources-containers/',
  },
  {
    id: 'node-affinity',
    title: 'Node affinity',
    description: 'Two nodes are allowed and one of them is preferred: kind-worker3 gets the pod.',
    steps: one(nodeAffinity),
    page: 'concepts/scheduling-eviction/assign-pod-node/',
  },
  {
    id: 'anti-affinity',
    title: 'Pods that avoid each other',
    description: 'Four pods that do not share a node, on three workers: the fourth stays Pending.',
    steps: one(antiAffinity),
    page: 'concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity',
  },
  {
    id: 'topology-spread',
    title: 'Topology spread',
    description: 'Six pods, two on each of the three workers.',
    steps: one(topologySpread),
    page: 'concepts/scheduling-eviction/topology-spread-constraints/',
  },
  {
    id: 'scheduling-gates',
    title: 'Scheduling gate',
    description: 'The scheduler does not look at the pod before its gate is taken away.',
    steps: [
      { label: '1. gate closed', text: gateClosed },
      { label: '2. gate open', text: gateOpen },
    ],
    page: 'concepts/scheduling-eviction/pod-scheduling-readiness/',
  },
  {
    id: 'quota',
    title: 'Quota and limit range',
    description: 'The namespace may have three pods: the other two of five are refused, and try again later.',
    steps: one(quota),
    page: 'concepts/policy/resource-quotas/',
  },
];

export function example(id: string): Example {
  const found = EXAMPLES.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`There is no example ${id}.`);
  return found;
}

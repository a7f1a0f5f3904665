import type { Input } from '../../worker/protocol.ts';
import crashLoop from '../examples/crash-loop.yaml?raw';
import readiness from '../examples/readiness.yaml?raw';
import rolloutBad from '../examples/rollout-bad.yaml?raw';
import rolloutGood from '../examples/rollout-good.yaml?raw';
import tooBig from '../examples/too-big.yaml?raw';
import web from '../examples/web.yaml?raw';
import { victim } from '../panels/guide/journey.ts';
import type { Mirror } from '../store/mirror.ts';
import type { ScenarioName } from './scenario-names.ts';

export interface Scenario {
  readonly title: string;
  /** What is there already: done at once, before anything is shown. */
  readonly before?: readonly Input[];
  /** What then happens; all of it at the moment when time starts to run. */
  acts(mirror: Mirror): readonly Input[];
}

const apply = (text: string): Input => ({ act: 'apply', text });

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  idle: { title: 'A cluster at rest', acts: () => [] },
  deploy: { title: 'A Deployment and its Service', acts: () => [apply(web)] },
  scale: {
    title: 'From three copies to six',
    before: [apply(web)],
    acts: () => [
      {
        act: 'scale',
        ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
        replicas: 6,
      },
    ],
  },
  'node-death': {
    title: 'A node loses its power',
    before: [apply(web)],
    acts: (mirror) => [{ act: 'inject', fault: { kind: 'node-power-off', target: victim(mirror) } }],
  },
  'kubelet-stop': {
    title: 'A kubelet stops, its containers do not',
    before: [apply(web)],
    acts: (mirror) => [{ act: 'inject', fault: { kind: 'kubelet-stop', target: victim(mirror) } }],
  },
  'bad-image': {
    title: 'A rolling update to an image that does not exist',
    before: [apply(rolloutGood)],
    acts: () => [apply(rolloutBad)],
  },
  'crash-loop': { title: 'A container that keeps failing', acts: () => [apply(crashLoop)] },
  readiness: { title: 'A pod that needs time to be ready', acts: () => [apply(readiness)] },
  'too-big': { title: 'A pod that fits nowhere', acts: () => [apply(tooBig)] },
  'scheduler-down': {
    title: 'A Deployment while the scheduler is down',
    acts: () => [
      { act: 'inject', fault: { kind: 'component-crash', target: 'kube-scheduler', stay: true } },
      apply(web),
    ],
  },
};

import { describe, expect, test } from 'vitest';
import type { Call } from './client/messages.ts';
import death from './testdata/golden/traces/death.jsonl?raw';
import roll from './testdata/golden/traces/roll.jsonl?raw';
import sets from './testdata/golden/traces/sets.jsonl?raw';
import { ControlPlane } from './testing/control-plane.ts';
import { compareStories, inCommon, linesOf, type Recorded, readTrace, toRecorded } from './testing/golden-trace.ts';
import type { Part } from './testing/scripted-agent.ts';

/** When node-b no longer handled its pods, and when it did again; the records were made side by side. */
const NODE_B_DIES = 15.2;
const NODE_B_IS_BACK = 410.46;
const STRATEGIC = 'application/strategic-merge-patch+json';

interface Scenario {
  readonly namespace: string;
  readonly trace: string;
  readonly reporters: readonly string[];
  /** Images in the order in which their first pods appear in the record. */
  readonly images: readonly string[];
  readonly steps: readonly (readonly [at: number, call: Call])[];
  readonly end: number;
  /** Nodes renew Leases, and the controllers that watch them are on. */
  readonly hasLeases?: boolean;
  /** Least share of the recorded changes that must come in the same order with the same text. */
  readonly share: number;
  isPart(record: Recorded): boolean;
}

/** Where the pods of each image landed, and how long they took, in the order of their creation. */
function partsOf(records: readonly Recorded[], images: readonly string[]): Record<string, Part[]> {
  const hashes: string[] = [];
  const parts: Record<string, Part[]> = Object.fromEntries(images.map((image) => [image, []]));
  for (const { kind, type, name, labels } of records as (Recorded & { labels: Record<string, string> })[]) {
    if (kind !== 'pods' || type !== 'ADDED') continue;
    const hash = labels['pod-template-hash'] ?? labels['controller-revision-hash'] ?? '';
    if (!hashes.includes(hash)) hashes.push(hash);
    const own = records.filter((record) => record.kind === 'pods' && record.name === name);
    const bound = own.find((record) => record.node) as Recorded;
    const after = (found: Recorded | undefined) => found && { ms: Math.round((found.t - bound.t) * 1000) };
    const starts = after(own.find(({ ready }) => ready === 'False'));
    const isReady = after(own.find(({ ready }) => ready === 'True'));
    parts[images[hashes.indexOf(hash)] as string]?.push({
      node: bound.node as string,
      ...(starts && { startsAfterMs: starts.ms }),
      ...(isReady && { readyAfterMs: isReady.ms }),
    });
  }
  return parts;
}

function play(
  { namespace, images, steps, end, hasLeases }: Scenario,
  recorded: readonly Recorded[],
  seed: number,
): Recorded[] {
  const start = steps[0]?.[0] as number;
  const began = 27_000;
  const toEngine = (at: number) => began + (at - start) * 1000;
  const dead = { node: 'node-b', at: toEngine(NODE_B_DIES), until: toEngine(NODE_B_IS_BACK) };
  const leases = hasLeases ? { leases: ['node-a', 'node-b', 'node-c'] } : {};
  const plane = new ControlPlane({ parts: partsOf(recorded, images), dead, ...leases }, seed);
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  plane.do({ method: 'POST', path: '/api/v1/namespaces', body });
  for (const [at, call] of steps) {
    plane.advance(toEngine(at) - plane.now);
    plane.do(call);
  }
  plane.advance(toEngine(end) - plane.now);
  const changes = plane.changes.filter(({ at, object: { kind, metadata } }) => {
    return metadata.namespace === namespace || (kind === 'Node' && metadata.name === 'node-b' && at > began);
  });
  return changes.flatMap((change) => toRecorded(change) ?? []);
}

const template = (app: string, image: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: app, image, resources: {} }] },
});
const setImage = (path: string, name: string, image: string): Call => ({
  method: 'PATCH',
  path,
  contentType: STRATEGIC,
  body: { spec: { template: { spec: { containers: [{ name, image }] } } } },
});

const deploymentsIn = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
const WEB = `${deploymentsIn('roll')}/web`;
const createWeb = (namespace: string, replicas: number, image: string): Call => ({
  method: 'POST',
  path: deploymentsIn(namespace),
  body: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace, labels: { app: 'web' } },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template('web', image) },
  },
});
const expose = (namespace: string): Call => ({
  method: 'POST',
  path: `/api/v1/namespaces/${namespace}/services`,
  body: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace, labels: { app: 'web' } },
    spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], selector: { app: 'web' } },
  },
});

const rollout: Scenario = {
  namespace: 'roll',
  trace: roll,
  reporters: ['deployment-controller', 'replicaset-controller'],
  images: ['nginx:1.26', 'nginx:1.27', 'nginx:bad'],
  steps: [
    [2.02, createWeb('roll', 3, 'nginx:1.26')],
    [8.12, expose('roll')],
    [8.21, { method: 'PATCH', path: `${WEB}/scale`, contentType: STRATEGIC, body: { spec: { replicas: 5 } } }],
    [14.3, setImage(WEB, 'web', 'nginx:1.27')],
    [28.39, setImage(WEB, 'web', 'nginx:bad')],
    [36.71, setImage(WEB, 'web', 'nginx:1.27')],
    [46.89, { method: 'DELETE', path: WEB, body: { propagationPolicy: 'Background' } }],
  ],
  end: 52,
  share: 0.9,
  isPart: ({ t, kind }) => t < 51 && kind !== 'nodes',
};

const nodeDeath: Scenario = {
  namespace: 'death',
  trace: death,
  reporters: ['deployment-controller', 'replicaset-controller', 'node-controller', 'taint-eviction-controller'],
  images: ['nginx:1.27'],
  steps: [
    [2.06, createWeb('death', 6, 'nginx:1.27')],
    [2.38, expose('death')],
  ],
  end: 440,
  hasLeases: true,
  share: 0.9,
  isPart: ({ t, kind, name }) => kind !== 'nodes' || (name === 'node-b' && t > 2),
};

const DAEMONS = '/apis/apps/v1/namespaces/sets/daemonsets';
const agent = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent', namespace: 'sets' },
  spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent', 'agent:1') },
};

const daemons: Scenario = {
  namespace: 'sets',
  trace: sets,
  reporters: ['daemonset-controller'],
  images: ['agent:1', 'agent:2'],
  steps: [
    [2.19, { method: 'POST', path: DAEMONS, body: agent }],
    [30.55, setImage(`${DAEMONS}/agent`, 'agent', 'agent:2')],
  ],
  end: 52,
  share: 0.9,
  isPart({ t, kind, name, on }) {
    if (t > 51) return false;
    return kind === 'daemonsets' || (kind === 'pods' && name.startsWith('agent-')) || on === 'DaemonSet/agent';
  },
};

describe('what the control plane did in the records, it does again', () => {
  test.each([
    ['roll.jsonl', rollout],
    ['sets.jsonl (the DaemonSet)', daemons],
    ['death.jsonl', nodeDeath],
  ])('%s', (name, scenario) => {
    const recorded = readTrace(scenario.trace).filter((record) => scenario.isPart(record));
    const want = linesOf(recorded, scenario.reporters);
    const have = linesOf(play(scenario, recorded, 1), scenario.reporters);
    const stories = compareStories(want, have);
    const agree = stories.reduce((sum, story) => sum + story.agree, 0);
    const table = stories.map(
      (story) => `  ${story.about}: ${story.agree} of ${story.recorded}, ${story.played} played`,
    );
    const [all, played] = [want, have].map((lines) => lines.map(({ about, text }) => `${about} ${text}`));
    const inOne = inCommon(all ?? [], played ?? []);
    console.log([`${name}: ${agree} of ${want.length} changes agree, ${inOne} as one sequence`, ...table].join('\n'));
    // Events are told in the recorded words and order, none more and none less.
    const ofEvents = stories.filter(({ about }) => about.startsWith('events of'));
    expect(ofEvents.length).toBeGreaterThan(0);
    for (const story of ofEvents) {
      expect(story).toEqual({ ...story, agree: story.recorded, played: story.recorded });
    }
    // Statuses trail: which of two changes in the same few milliseconds they show first is a race.
    expect(agree).toBeGreaterThan(want.length * scenario.share);
  });
});

// Loads the rules of a model's node into a real Linux kernel and compares what comes back:
// `sudo node scripts/run-ts.mjs scripts/check-iptables.ts`. Needs root, iproute2 and iptables 1.8 (nf_tables); it works
// in a network namespace of its own, which it removes.
import { spawnSync } from 'node:child_process';
import { createCluster } from '../src/engine/index';

const NAMESPACE = 'orrery-check';
const NODES = ['kind-control-plane', 'kind-worker'];

function run(command: string, args: string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

const inNamespace = (command: string, input?: string): string =>
  run('ip', ['netns', 'exec', NAMESPACE, command], input);

/** Without the lines that carry the date and the version of iptables. */
const rulesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const cluster = createCluster({ seed: 1 });
const labels = { app: 'web' };
const ports = [{ name: 'http', port: 80 }];
cluster.apply([
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 5,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
    },
  },
  service('plain', { selector: labels, ports }),
  service('sticky', { selector: labels, ports, type: 'NodePort', sessionAffinity: 'ClientIP' }),
  service('local', { selector: labels, ports, type: 'NodePort', externalTrafficPolicy: 'Local' }),
  service('near', { selector: labels, ports, internalTrafficPolicy: 'Local' }),
  service('outside', { selector: labels, ports, externalIPs: ['198.51.100.7'] }),
  service('empty', { selector: { app: 'nobody' }, ports, type: 'NodePort' }),
]);
cluster.advance(30_000);

for (const node of NODES) {
  const ours = cluster.iptablesSave(node);
  run('ip', ['netns', 'add', NAMESPACE]);
  try {
    inNamespace('iptables-restore', ours);
    const theirs = rulesOf(inNamespace('iptables-save'));
    const different = rulesOf(ours).filter((line, i) => line !== theirs[i]);
    const same = different.length === 0 && theirs.length === rulesOf(ours).length;
    console.log(`${node}: ${theirs.length} lines, ${same ? 'the kernel gives back the same' : 'DIFFERENT'}`);
    if (!same) {
      console.log(different.slice(0, 5).join('\n'));
      process.exitCode = 1;
    }
  } finally {
    run('ip', ['netns', 'del', NAMESPACE]);
  }
}

function service(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

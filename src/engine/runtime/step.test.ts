import { describe, expect, it } from 'vitest';
import type { ListPodsResponse, Mount, PodSandboxStatus, RuntimeImage } from '../cri/messages.ts';
import { digestOf, restoreSnapshot, type Snapshot, takeSnapshot } from '../kernel/snapshot.ts';
import type { Body, ComponentDefinition } from '../kernel/types.ts';
import { TestNode } from '../testing/runtime-node.ts';

const emptyDir: Mount = { containerPath: '/work-dir', hostPath: '/var/lib/kubelet/pods/x/workdir', readonly: false };
const MIB = 1_048_576;

const sh = (script: string) => ({ command: ['/bin/sh', '-c', script] });

describe('sandboxes', () => {
  it('get addresses in ascending order after the last one handed out', () => {
    const node = new TestNode();
    const ip = (id: string): string | undefined =>
      node.call<{ status: PodSandboxStatus }>({ type: 'podSandboxStatus', podSandboxId: id }).status?.ip;
    const first = node.runPod('a');
    const second = node.runPod('b');
    expect([ip(first), ip(second)]).toEqual(['10.244.1.2', '10.244.1.3']);
    node.call({ type: 'stopPodSandbox', podSandboxId: first });
    expect(ip(node.runPod('c'))).toBe('10.244.1.4');
  });

  it('run out of addresses and say so as the plugin does', () => {
    const node = new TestNode();
    node.tell({ type: 'cniConfig', subnet: '10.244.9.0/30' });
    node.advance(50);
    node.runPod('a');
    const refused = node.call<{ error: string }>({ type: 'runPodSandbox', config: podConfig('b') });
    expect(refused.error).toMatch(
      /^failed to setup network for sandbox "[0-9a-f]{64}": plugin type="ptp" failed \(add\)/,
    );
    expect(refused.error).toContain('no IP addresses available in range set: 10.244.9.1-10.244.9.2');
  });

  it('on the host network need no plugin', () => {
    const node = new TestNode();
    const id = node.runPod('proxy', { hostNetwork: true });
    const { status } = node.call<{ status: PodSandboxStatus }>({ type: 'podSandboxStatus', podSandboxId: id });
    expect(status).toMatchObject({ state: 'READY', ip: '', hostNetwork: true });
  });
});

function podConfig(name: string): object {
  const portMappings: object[] = [];
  return {
    name,
    namespace: 'default',
    uid: name,
    attempt: 0,
    hostname: name,
    hostNetwork: false,
    labels: {},
    annotations: {},
    portMappings,
  };
}

describe('images', () => {
  it('take their size to download, and report how far they are', () => {
    const node = new TestNode();
    const before = node.kernel.now;
    const { image } = node.call<{ image: RuntimeImage }>({ type: 'pullImage', image: 'nginx:1.27' });
    expect(image.sizeBytes).toBe(72_400_000);
    expect(image.repoTags).toEqual(['docker.io/library/nginx:1.27']);
    expect(node.kernel.now - before).toBeGreaterThan(2700);
    expect(node.kernel.now - before).toBeLessThan(3000);
    const progress = node.heard.filter((body) => body.type === 'pullProgress').map((body) => body.doneBytes);
    expect(progress).toEqual([18_100_000, 36_200_000, 54_300_000]);
    const again = node.kernel.now;
    node.call({ type: 'pullImage', image: 'nginx:1.27' });
    expect(node.kernel.now - again).toBeLessThan(500);
  });

  it('that do not exist are refused with the code and the words of containerd', () => {
    const node = new TestNode();
    expect(node.call({ type: 'pullImage', image: 'nginx:1.161' })).toMatchObject({
      code: 'NotFound',
      error: expect.stringContaining('docker.io/library/nginx:1.161: not found'),
    });
    expect(node.call({ type: 'imageStatus', image: 'nginx:1.161' }).image).toBeUndefined();
  });

  it('cannot be pulled while the registry is away', () => {
    const node = new TestNode();
    node.kernel.submit('containerd@node', { type: 'faultRegistry', image: 'redis:7', active: true } as Body);
    expect(node.call({ type: 'pullImage', image: 'redis:7' })).toMatchObject({ code: 'Unavailable' });
    expect(node.call({ type: 'pullImage', image: 'busybox:1.36' }).error).toBeUndefined();
    node.kernel.submit('containerd@node', { type: 'faultRegistry', image: 'redis:7', active: false } as Body);
    expect(node.call({ type: 'pullImage', image: 'redis:7' }).error).toBeUndefined();
  });

  it("of the cluster's own components are there from the start", () => {
    const node = new TestNode();
    const { image } = node.call<{ image: RuntimeImage }>({
      type: 'imageStatus',
      image: 'registry.k8s.io/kube-proxy:v1.35.6',
    });
    expect(image.repoTags).toEqual(['registry.k8s.io/kube-proxy:v1.35.6']);
  });
});

describe('containers', () => {
  it('serve once they have started up, and end on SIGTERM', () => {
    const node = new TestNode();
    const pod = node.runPod('web');
    const id = node.run(pod, 'nginx:1.27');
    const probe = { type: 'networkProbe', containerId: id, host: '10.244.1.2', port: 80, timeoutSeconds: 1 };
    const http = { ...probe, handler: { kind: 'http', scheme: 'HTTP', path: '/', headers: {} } };
    expect(node.call(http)).toMatchObject({ outcome: 'refused' });
    node.advance(200);
    expect(node.call(http)).toMatchObject({ outcome: 'connected', statusCode: 200 });
    expect(node.call({ ...http, handler: { ...http.handler, path: '/nothing' } })).toMatchObject({ statusCode: 404 });
    expect(node.call({ ...probe, port: 81, handler: { kind: 'tcp' } })).toMatchObject({ outcome: 'refused' });
    const before = node.kernel.now;
    node.call({ type: 'stopContainer', containerId: id, timeoutSeconds: 30 });
    expect(node.kernel.now - before).toBeLessThan(200);
    expect(node.stops).toEqual(['main 0 Completed']);
    expect(node.call({ type: 'readLogs', containerId: id }).text).toContain('nginx/1.27\n');
  });

  it('that ignore SIGTERM are killed when the grace is over', () => {
    const node = new TestNode();
    const id = node.run(node.runPod('web'), 'busybox:1.36', sh('sleep 3600'));
    const before = node.kernel.now;
    node.call({ type: 'stopContainer', containerId: id, timeoutSeconds: 30 });
    expect(node.kernel.now - before).toBeGreaterThan(29_990);
    expect(node.stops).toEqual(['main 137 Error']);
  });

  it('run their trap on SIGTERM', () => {
    const node = new TestNode();
    const script = "trap 'echo bye > /dev/termination-log; exit 7' TERM; while true; do sleep 1; done";
    const id = node.run(node.runPod('web'), 'busybox', sh(script));
    node.advance(1500);
    node.call({ type: 'stopContainer', containerId: id, timeoutSeconds: 30 });
    expect(node.stops).toEqual(['main 7 Error']);
    const event = node.heard.find((body) => body.type === 'containerEvent');
    expect(event?.container).toMatchObject({ message: 'bye\n' });
  });

  it('exit with the code of their script, and keep what they said', () => {
    const node = new TestNode();
    const id = node.run(node.runPod('job'), 'busybox', sh('echo "Hello world!" && sleep 5 && exit 42'));
    node.advance(5500);
    expect(node.stops).toEqual(['main 42 Error']);
    expect(node.call({ type: 'readLogs', containerId: id }).text).toBe('Hello world!\n');
    expect(node.call({ type: 'readLogs', containerId: id, timestamps: true }).text).toMatch(
      /^2026-01-01T00:00:0\d\.\d{9}Z Hello world!\n$/,
    );
  });

  it('keep the end of a long log', () => {
    const node = new TestNode();
    const id = node.run(node.runPod('job'), 'busybox', sh('for i in $(seq 3000); do echo $i; done; sleep 100'));
    node.advance(3000);
    const text = node.call<{ text: string }>({ type: 'readLogs', containerId: id }).text;
    const lines = text.trim().split('\n');
    expect(lines.at(-1)).toBe('3000');
    expect(lines.length).toBeLessThanOrEqual(1000);
    expect(node.call({ type: 'readLogs', containerId: id, tailLines: 2 }).text).toBe('2999\n3000\n');
  });

  it('are killed for more memory than their limit', () => {
    const node = new TestNode();
    const linux = {
      cpuRequestMillis: 0,
      cpuLimitMillis: 0,
      memoryRequestBytes: 0,
      memoryLimitBytes: 100 * MIB,
      oomScoreAdj: 0,
    };
    const args = ['--vm', '1', '--vm-bytes', '250M', '--vm-hang', '1'];
    node.run(node.runPod('memory-demo-2'), 'polinux/stress', { command: ['stress'], args, linux });
    node.advance(1000);
    expect(node.stops).toEqual(['main 137 OOMKilled']);
  });

  it('cannot start a program that their image does not have', () => {
    const node = new TestNode();
    node.run(node.runPod('web'), 'nginx', { command: ['/no/such'] });
    expect(node.heard.findLast(({ type }) => type === 'startContainerResponse')?.error).toContain(
      'exec: "/no/such": stat /no/such: no such file or directory',
    );
    const { containers } = node.call<ListPodsResponse>({ type: 'listPods' });
    expect(containers).toMatchObject([{ state: 'EXITED', exitCode: 128, reason: 'StartError' }]);
  });

  it('share an emptyDir, from which nginx serves what an init container wrote', () => {
    const node = new TestNode();
    const pod = node.runPod('init-demo');
    node.run(pod, 'busybox:1.28', {
      ...sh('echo "<h1>hi</h1>" > /work-dir/index.html'),
      name: 'install',
      mounts: [emptyDir],
    });
    node.advance(100);
    const mounts = [{ ...emptyDir, containerPath: '/usr/share/nginx/html' }];
    const containerId = node.run(pod, 'nginx', { mounts });
    node.advance(1000);
    const handler = { kind: 'http', scheme: 'HTTP', path: '/', headers: {} };
    const probe = { type: 'networkProbe', containerId, host: '', port: 80, timeoutSeconds: 1, handler };
    expect(node.call(probe)).toMatchObject({ statusCode: 200, body: '<h1>hi</h1>\n' });
  });

  it('of an image that is not in the catalogue run and answer', () => {
    const node = new TestNode();
    const containerId = node.run(node.runPod('x'), 'ghcr.io/someone/app:3', { ports: [9000] });
    node.advance(1000);
    const handler = { kind: 'tcp' };
    expect(
      node.call({ type: 'networkProbe', containerId, host: '', port: 9000, timeoutSeconds: 1, handler }),
    ).toMatchObject({
      outcome: 'connected',
    });
    expect(node.stops).toEqual([]);
  });
});

describe('commands in a container', () => {
  it('see its files: the documented liveness example', () => {
    const node = new TestNode();
    const script = 'touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600';
    const containerId = node.run(node.runPod('liveness-exec'), 'registry.k8s.io/busybox:1.27.2', {
      args: ['/bin/sh', '-c', script],
    });
    node.advance(1000);
    const exec = { type: 'execSync', containerId, command: ['cat', '/tmp/healthy'], timeoutSeconds: 1 };
    expect(node.call(exec)).toMatchObject({ exitCode: 0 });
    node.advance(30_000);
    expect(node.call(exec)).toMatchObject({
      exitCode: 1,
      stdout: "cat: can't open '/tmp/healthy': No such file or directory\n",
    });
  });

  it('may take too long, or not exist', () => {
    const node = new TestNode();
    const containerId = node.run(node.runPod('a'), 'busybox', sh('sleep 1000'));
    const exec = { type: 'execSync', containerId, timeoutSeconds: 1 };
    expect(node.call({ ...exec, command: ['sleep', '5'] })).toMatchObject({ timedOut: true });
    expect(node.call({ ...exec, timeoutSeconds: 0, command: ['sh', '-c', 'sleep 5; echo $HOSTNAME'] })).toMatchObject({
      exitCode: 0,
      stdout: 'a\n',
    });
    const pause = node.run(node.runPod('b'), 'registry.k8s.io/pause:3.10');
    expect(node.call({ ...exec, containerId: pause, command: ['ls'] }).error).toContain(
      'exec: "ls": executable file not found in $PATH',
    );
  });

  it('can stop the main process', () => {
    const node = new TestNode();
    const containerId = node.run(node.runPod('a'), 'nginx');
    const command = ['/bin/sh', '-c', 'nginx -s quit; while killall -0 nginx; do sleep 1; done'];
    node.tell({ type: 'execSync', requestId: 999, containerId, command, timeoutSeconds: 0 });
    node.advance(500);
    expect(node.stops).toEqual(['main 0 Completed']);
    // The command dies with the process whose namespace it shares.
    expect(node.heard.find((body) => body.requestId === 999)).toMatchObject({ exitCode: 137 });
  });

  it('and probes fail while a fault says so', () => {
    const node = new TestNode();
    const containerId = node.run(node.runPod('a'), 'nginx');
    node.advance(500);
    const handler = { kind: 'http', scheme: 'HTTP', path: '/', headers: {} };
    const probe = {
      type: 'networkProbe',
      containerId,
      host: '',
      port: 80,
      timeoutSeconds: 1,
      handler,
      probe: 'readiness',
    };
    const fault = { type: 'faultProbe', namespace: 'default', pod: 'a', probe: 'readiness' };
    node.kernel.submit('containerd@node', { ...fault, active: true } as Body);
    expect(node.call(probe)).toMatchObject({ statusCode: 500 });
    expect(node.call({ ...probe, probe: 'liveness' })).toMatchObject({ statusCode: 200 });
    node.kernel.submit('containerd@node', { ...fault, active: false } as Body);
    expect(node.call(probe)).toMatchObject({ statusCode: 200 });
  });
});

describe('faults and power', () => {
  it('a crash is an exit that the kubelet hears of', () => {
    const node = new TestNode();
    node.run(node.runPod('web'), 'nginx');
    node.kernel.submit('containerd@node', {
      type: 'faultContainer',
      namespace: 'default',
      pod: 'web',
      exitCode: 1,
    } as Body);
    node.advance(100);
    expect(node.stops).toEqual(['main 1 Error']);
  });

  it('after a reboot images are there, and containers have ended with 255', () => {
    const node = new TestNode();
    node.run(node.runPod('web'), 'nginx:1.27');
    node.kernel.powerOff('node');
    node.kernel.powerOn('node');
    node.advance(20_000);
    const { sandboxes, containers } = node.call<ListPodsResponse>({ type: 'listPods' });
    expect(sandboxes).toMatchObject([{ state: 'NOTREADY' }]);
    expect(containers).toMatchObject([{ state: 'EXITED', exitCode: 255, reason: 'Unknown' }]);
    expect(node.call({ type: 'imageStatus', image: 'nginx:1.27' }).image).toBeDefined();
    expect(node.call({ type: 'runtimeStatus' })).toMatchObject({ networkReady: true });
    // The plugin's address book was in memory: it starts again.
    const id = node.runPod('new');
    expect(node.call({ type: 'podSandboxStatus', podSandboxId: id })).toMatchObject({ status: { ip: '10.244.1.2' } });
  });

  it('processes live on while containerd is stopped', () => {
    const node = new TestNode();
    const containerId = node.run(
      node.runPod('counter'),
      'busybox',
      sh('i=0; while true; do i=$((i+1)); echo $i; sleep 1; done'),
    );
    node.advance(2500);
    node.kernel.submit('machine@node', { type: 'systemctl', action: 'stop', service: 'containerd' } as Body);
    node.advance(2000);
    node.kernel.submit('machine@node', { type: 'systemctl', action: 'start', service: 'containerd' } as Body);
    node.advance(2500);
    const { containers } = node.call<ListPodsResponse>({ type: 'listPods' });
    expect(containers).toMatchObject([{ id: containerId, state: 'RUNNING' }]);
    const { text } = node.call<{ text: string }>({ type: 'readLogs', containerId });
    expect(Number(text.trim().split('\n').at(-1))).toBeGreaterThan(4);
  });
});

describe('snapshots', () => {
  it('taken in the middle of scripts, pulls and commands go on exactly as the original', () => {
    const node = new TestNode();
    const script =
      'i=0; while true; do i=$((i+1)); echo $i >> /work-dir/log; x=$(cat /work-dir/log | wc -l); echo "<$x>"; sleep 1; done';
    const containerId = node.run(node.runPod('counter'), 'busybox', { ...sh(script), mounts: [emptyDir] });
    node.advance(1700);
    node.tell({ type: 'pullImage', requestId: 900, image: 'redis:7' });
    node.tell({
      type: 'execSync',
      requestId: 901,
      containerId,
      command: ['sh', '-c', 'sleep 3; wc -l /work-dir/log'],
      timeoutSeconds: 9,
    });
    node.tell({ type: 'stopContainer', requestId: 902, containerId, timeoutSeconds: 20 });
    node.advance(700);
    const snapshot = JSON.parse(JSON.stringify(takeSnapshot(node.kernel, null))) as Snapshot;
    const { kernel } = restoreSnapshot(node.definitions, snapshot);
    node.advance(30_000);
    kernel.advanceTo(node.kernel.now);
    expect(digestOf(takeSnapshot(kernel, null))).toBe(digestOf(takeSnapshot(node.kernel, null)));
    expect(node.heard.find((body) => body.requestId === 901)).toMatchObject({
      exitCode: 0,
      stdout: '5 /work-dir/log\n',
    });
    expect(node.stops).toEqual(['main 137 Error']);
  });
});

describe('memory of the node', () => {
  it('is told to the kubelet when it runs short, and when it is there again', () => {
    const node = new TestNode([], { memory: '1Gi' });
    const pod = node.runPod('hog');
    const args = ['--vm', '1', '--vm-bytes', '600M'];
    const containerId = node.run(pod, 'polinux/stress', { command: ['stress'], args });
    node.advance(100);
    const told = () =>
      node.heard.filter((body) => body.type === 'memoryNotification').map((body) => body.availableBytes);
    expect(told()).toEqual([1024 * MIB - 400 * MIB - 601 * MIB]);
    const { containers } = node.call<{ containers: { workingSetBytes: number }[] }>({ type: 'listPodStats' });
    expect(containers).toMatchObject([{ workingSetBytes: 601 * MIB }]);
    node.call({ type: 'stopContainer', containerId, timeoutSeconds: 0 });
    expect(told()).toHaveLength(2);
  });
});

describe("the cluster's components", () => {
  const scheduler: ComponentDefinition<{ config: object }> = {
    component: 'scheduler',
    create: (config) => ({ config }),
    step: () => [],
  };

  it('are processes of their containers', () => {
    const node = new TestNode([scheduler as ComponentDefinition]);
    const pod = node.runPod('kube-scheduler-node', { namespace: 'kube-system', hostNetwork: true });
    const image = 'registry.k8s.io/kube-scheduler:v1.35.6';
    const containerId = node.run(pod, image, { command: ['kube-scheduler', '--leader-elect=true'] });
    const candidate = (): string | undefined =>
      node.kernel.state<{ config: { identity: string } }>('scheduler@node')?.config.identity;
    const first = candidate();
    expect(first).toMatch(/^node_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    node.kernel.kill('scheduler@node', 137);
    node.advance(100);
    expect(node.stops).toEqual(['main 137 Error']);
    expect(node.call({ type: 'removeContainer', containerId }).error).toBeUndefined();
    const next = node.run(pod, image, { attempt: 1 });
    expect(candidate()).not.toBe(first);
    node.call({ type: 'stopContainer', containerId: next, timeoutSeconds: 30 });
    expect(node.kernel.processes.has('scheduler@node')).toBe(false);
  });

  it("are not started by somebody's own pod with the same image", () => {
    const node = new TestNode([scheduler as ComponentDefinition]);
    node.run(node.runPod('mine'), 'registry.k8s.io/kube-scheduler:v1.35.6');
    node.advance(100);
    expect(node.kernel.processes.has('scheduler@node')).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { booted, condition, container, stateOf } from './test-pods.ts';

describe('a container that ends', () => {
  it('is restarted at once, then after 10, 20, 40 s', () => {
    const node = booted({ crash: { exitsAfterMs: 10, exitCode: 1 } });
    node.bind('web', { containers: [container('web', 'crash')] });
    const began = node.kernel.now;
    node.advance(4500);
    const uid = node.pod('web')?.metadata.uid;
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        {
          restartCount: 1,
          ready: false,
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
          state: {
            waiting: {
              reason: 'CrashLoopBackOff',
              message: `back-off 10s restarting failed container=web pod=web_default(${uid})`,
            },
          },
        },
      ],
    });
    expect(node.events('web')).toContainEqual(
      expect.stringContaining(`BackOff: Back-off restarting failed container web in pod web_default(${uid})`),
    );
    node.advance(180_000);
    const starts = node.runtime.calls.filter(({ call }) => call === 'startContainer').map(({ at }) => at - began);
    const waits = starts.slice(1).map((at, i) => Math.round((at - (starts[i] as number)) / 1000));
    expect(waits[0]).toBeLessThanOrEqual(2);
    expect(waits.slice(1)).toEqual([10, 20, 40, 80]);
  });

  it('is done for good when its pod says so', () => {
    const node = booted({ job: { exitsAfterMs: 2000 } });
    node.bind('ok', { restartPolicy: 'Never', containers: [container('web', 'job')] });
    node.bind('again', { restartPolicy: 'OnFailure', containers: [container('web', 'job')] });
    node.advance(8000);
    for (const name of ['ok', 'again']) {
      expect(node.pod(name)?.status?.phase).toBe('Succeeded');
      expect(condition(node.pod(name), 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
    }
    expect(node.kernel.pending).toBe(0);
  });

  it('fails the pod when it may not be restarted', () => {
    const node = booted({ job: { exitsAfterMs: 500, exitCode: 137, reason: 'OOMKilled' } });
    node.bind('web', { restartPolicy: 'Never', containers: [container('web', 'job')] });
    node.advance(6000);
    expect(node.pod('web')?.status?.phase).toBe('Failed');
    expect(stateOf(node.pod('web'))).toMatchObject({ terminated: { exitCode: 137, reason: 'OOMKilled' } });
  });

  it('is not started again while its init container fails', () => {
    const node = booted({ setup: { exitsAfterMs: 10, exitCode: 1 }, app: {} });
    node.bind('web', { initContainers: [container('setup', 'setup')], containers: [container('web', 'app')] });
    node.advance(8000);
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [{ restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
  });
});

describe('the end of a pod', () => {
  it('is a SIGTERM, a SIGKILL after 30 s, and then the object goes', () => {
    const node = booted({ stubborn: { ignoresTerm: true } });
    node.bind('web', { containers: [container('web', 'stubborn')] });
    node.advance(5000);
    const asked = node.kernel.now;
    node.deletePod('web');
    node.advance(29_000);
    expect(node.events('web')).toContainEqual('Killing: Stopping container web');
    expect(node.pod('web')?.status?.phase).toBe('Running');
    node.advance(3000);
    expect(node.pod('web')).toBeUndefined();
    const last = node.statusPatches('web').at(-1)?.status;
    expect(last).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    });
    const gone = node.api.writes.find(({ method }) => method === 'DELETE');
    expect(gone?.body).toMatchObject({ gracePeriodSeconds: 0, preconditions: { uid: 'uid-web' } });
    expect(((gone?.at ?? 0) - asked) / 1000).toBeGreaterThan(30);
    expect(((gone?.at ?? 0) - asked) / 1000).toBeLessThan(31.5);
    expect(node.runtime.sandboxes.size).toBe(0);
    expect(node.state.pods.size).toBe(0);
    expect(node.kernel.pending).toBe(0);
  });

  it('can come while its image is being pulled', () => {
    const node = booted({ app: { pullMs: 60_000 } }, []);
    node.bind('web', { containers: [container('web', 'app')] });
    node.advance(3000);
    node.deletePod('web');
    node.advance(5000);
    expect(node.pod('web')).toBeUndefined();
    expect(node.runtime.containers.size).toBe(0);
  });

  it('runs the preStop hook first', () => {
    const node = booted({ nginx: {} });
    const lifecycle = { preStop: { sleep: { seconds: 5 } } };
    node.bind('web', { containers: [container('web', 'nginx', { lifecycle })] });
    node.advance(5000);
    const asked = node.kernel.now;
    node.deletePod('web');
    node.advance(10_000);
    const stopped = node.runtime.calls.find(({ call }) => call === 'stopContainer');
    expect(Math.round(((stopped?.at ?? 0) - asked) / 1000)).toBe(5);
    expect(node.pod('web')).toBeUndefined();
  });

  it('comes when its time is up', () => {
    const node = booted({ nginx: {} });
    node.bind('web', { activeDeadlineSeconds: 20, containers: [container('web', 'nginx')] });
    node.advance(25_000);
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });
});

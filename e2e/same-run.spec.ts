import { expect, test } from '@playwright/test';

/** Where an engine is to run: in a worker, or in the thread that asks, from a module that has the host. */
interface Where {
  readonly worker?: string;
  readonly host?: string;
}

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 6
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, readinessProbe: {httpGet: {port: 80}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

/** One run with acts and faults, moved by steps; its digest. Also runs inside the page: refers to nothing around it. */
async function play({ where, text }: { readonly where: Where; readonly text: string }): Promise<string> {
  const scale = { act: 'scale', ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' } };
  const acts: readonly { readonly input: object; readonly steps: number }[] = [
    { input: { act: 'apply', text }, steps: 250 },
    { input: { act: 'inject', fault: { kind: 'node-power-off', target: 'kind-worker2' } }, steps: 150 },
    { input: { ...scale, replicas: 3 }, steps: 80 },
    { input: { act: 'inject', fault: { kind: 'component-crash', target: 'kube-scheduler' } }, steps: 80 },
    { input: { act: 'heal' }, steps: 250 },
  ];
  const messages: object[] = [
    { type: 'create', options: { seed: 7, workers: 3 }, playing: false, speed: 1 },
    ...acts.flatMap(({ input, steps }, id) => [
      { type: 'input', id, input },
      ...Array.from({ length: steps }, () => ({ type: 'step' })),
    ]),
    { type: 'query', id: 99, query: { ask: 'digest' } },
  ];
  return new Promise((resolve, reject) => {
    const hear = (message: { readonly type: string; readonly answer?: unknown; readonly message?: string }): void => {
      if (message.type === 'answer') resolve(String(message.answer));
      else if (message.type === 'stopped') reject(new Error(message.message));
    };
    if (where.worker !== undefined) {
      const worker = new Worker(where.worker, { type: 'module' });
      worker.onmessage = (event) => hear(event.data);
      for (const message of messages) worker.postMessage(message);
    } else {
      import(where.host ?? '').then(({ Host }) => {
        const host = new Host(hear, { now: () => performance.now(), after: setTimeout });
        for (const message of messages) host.receive(message);
      }, reject);
    }
  });
}

test('the same run has the same digest in Node, in a worker and in the page', async ({ page }) => {
  const text = MANIFEST;
  const inNode = await play({ where: { host: new URL('../src/worker/host.ts', import.meta.url).href }, text });
  expect(inNode).toMatch(/^[0-9a-f]{8,}/);

  const loaded = (name: RegExp) => async (): Promise<string> =>
    page.evaluate(
      (source) =>
        performance.getEntriesByType('resource').find(({ name }) => new RegExp(source).test(name))?.name ?? '',
      name.source,
    );
  await page.goto('index.html?seed=1&paused');
  await expect.poll(loaded(/engine\.worker-[^/]*\.js$/)).not.toBe('');
  const worker = await loaded(/engine\.worker-[^/]*\.js$/)();
  expect(await page.evaluate(play, { where: { worker }, text })).toBe(inNode);

  await page.goto('index.html?seed=1&paused&engine=page');
  await expect.poll(loaded(/\/host-[^/]*\.js$/)).not.toBe('');
  const host = await loaded(/\/host-[^/]*\.js$/)();
  expect(await page.evaluate(play, { where: { host }, text })).toBe(inNode);
});

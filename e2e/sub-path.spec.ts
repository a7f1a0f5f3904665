import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { expect, test } from '@playwright/test';

const PATH = '/sub/path/';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

let server: Server;
let origin = '';
const missing: string[] = [];

test.beforeAll(async () => {
  server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const file = join('dist', path.slice(PATH.length));
    if (!path.startsWith(PATH) || path.includes('..') || !existsSync(file)) {
      missing.push(path);
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

test.afterAll(() => {
  server.closeAllConnections();
  server.close();
});

for (const name of ['index.html?seed=1', 'embed.html?seed=1&autoplay=1']) {
  test(`${name} works below ${PATH} and asks for nothing outside it`, async ({ page }) => {
    const outside: string[] = [];
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin + PATH)) outside.push(request.url());
    });
    await page.goto(origin + PATH + name);
    await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
    if (name.startsWith('index')) {
      // What is loaded on demand too.
      await page.getByRole('tab', { name: 'YAML' }).click();
      await expect(page.getByRole('textbox', { name: 'Manifest' })).toBeVisible();
      await page.getByRole('button', { name: /^etcd,/ }).click();
      await expect(page.getByRole('heading', { name: 'etcd' })).toBeVisible();
    }
    expect(outside).toEqual([]);
    expect(missing).toEqual([]);
  });
}

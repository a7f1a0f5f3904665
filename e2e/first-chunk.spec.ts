import { expect, type Page, test } from '@playwright/test';

/** Holds back what the page asks for until `release`; `asked` resolves when it does. */
async function hold(page: Page, what: RegExp): Promise<{ asked: Promise<unknown>; release(): void }> {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(what, async (route) => {
    await held;
    await route.continue();
  });
  return { asked: page.waitForRequest(what), release };
}

async function deploysWhenReleased(page: Page, release: () => void): Promise<void> {
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  release();
  await page.getByRole('button', { name: 'Skip to where all is quiet' }).click();
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();
}

test('the cluster is shown before the rest of the engine is there, and acts wait for it', async ({ page }) => {
  const { asked, release } = await hold(page, /rest-of-engine/);
  await page.goto('index.html?seed=2');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  await asked;
  await deploysWhenReleased(page, release);
});

test('the default cluster is shown before any of the engine is there', async ({ page }) => {
  const { asked, release } = await hold(page, /engine\.worker/);
  await page.goto('index.html');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  await asked;
  await deploysWhenReleased(page, release);
});

test('for another cluster nothing recorded is loaded', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const isFrame = (url: string): boolean => url.includes('recorded-frame');
  await page.goto('index.html?profile=ha&paused');
  await expect(page.getByRole('button', { name: /^API server on kind-control-plane3, running/ })).toBeVisible();
  expect(asked.filter(isFrame)).toEqual([]);
  await page.goto('index.html?paused');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  expect(asked.filter(isFrame)).toHaveLength(1);
});

test('what was recorded of the default cluster is what the worker says of it', async ({ page }) => {
  await page.addInitScript(() => {
    const said = globalThis as unknown as { firstSaid: Promise<string> };
    const { Worker } = globalThis;
    said.firstSaid = new Promise((resolve) => {
      globalThis.Worker = class extends Worker {
        constructor(address: string | URL, options?: WorkerOptions) {
          super(address, options);
          this.addEventListener('message', ({ data }) => {
            if (data.type === 'frame') resolve(JSON.stringify(data.frame));
          });
        }
      };
    });
  });
  await page.goto('index.html');
  const { said, recorded } = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>('link[href*="recorded-frame"]');
    const { default: message } = await import(link?.href ?? '');
    return {
      said: await (globalThis as unknown as { firstSaid: Promise<string> }).firstSaid,
      recorded: JSON.stringify(message.frame),
    };
  });
  expect(recorded).toBe(said);
});

import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

const skip = (page: Page) => page.getByRole('button', { name: 'Skip to where all is quiet' });

async function open(page: Page, query = 'seed=1'): Promise<void> {
  await page.goto(`index.html?${query}`);
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
}

test('first visit, by mouse: a web app, a node without power, and healing', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  await skip(page).click();
  const service = page.getByRole('button', { name: /^Service web, .*3 of 3/ });
  await expect(service).toBeVisible();
  const cut = page.getByRole('button', { name: /^Cut the power of / });
  const node = ((await cut.textContent()) ?? '').replace('Cut the power of ', '');
  await cut.click();
  await expect(page.getByRole('button', { name: new RegExp(`^Node ${node}, No power, API: Ready`) })).toBeVisible();
  // The silence is noticed, the pods are replaced: Story pace goes there by itself.
  await expect(page.getByRole('button', { name: new RegExp(`^Node ${node}, No power, API: NotReady`) })).toBeVisible();
});

test('first visit, by keyboard alone', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Deploy a web app' }).focus();
  await page.keyboard.press('Enter');
  await expect(skip(page)).toBeEnabled();
  await skip(page).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();
  await page.getByRole('button', { name: /^Cut the power of / }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /^Node kind-worker\d?, No power/ })).toBeVisible();
});

test('without a worker the engine runs in the page, and the page says so', async ({ page }) => {
  await page.addInitScript(() => {
    window.Worker = class {
      constructor() {
        throw new Error('workers are not allowed here');
      }
    } as unknown as typeof Worker;
  });
  await open(page);
  await expect(page.getByRole('status').filter({ hasText: 'workers are not allowed here' })).toBeVisible();
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  await skip(page).click();
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();
});

test('an embed runs in a sandboxed frame that may only run scripts', async ({ page, baseURL }) => {
  await page.route('**/host-page.html', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>Docs</title><iframe title="diagram" sandbox="allow-scripts" width="900" height="600" src="${baseURL}embed.html?seed=1"></iframe>`,
    }),
  );
  await page.goto('host-page.html');
  const frame = page.frameLocator('iframe');
  await expect(frame.getByRole('button', { name: /^API server, running/ })).toBeVisible();
});

const violations = async (page: Page): Promise<string[]> => {
  const found = await new AxeBuilder({ page }).analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

for (const [colorScheme, width, height] of [
  ['light', 1280, 800],
  ['dark', 1600, 1000],
  ['light', 390, 844],
] as const) {
  test(`axe finds nothing in the ${colorScheme} page of ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await open(page, 'seed=1&paused');
    await page.keyboard.press('y');
    await expect(page.getByRole('textbox', { name: 'Manifest' })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    // Once to leave the editor, once to close what it is in.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Scheduler,/ }).click();
    await expect(page.getByRole('heading', { name: 'Scheduler' })).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}

test('axe finds nothing in the dialogs', async ({ page }) => {
  await open(page, 'seed=1&paused');
  for (const key of ['n', 'b', '?']) {
    await page.keyboard.press(key);
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await violations(page), key).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
});

test('fits a screen of 320 pixels without sideways scrolling', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await open(page, 'seed=1&paused');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  // Nor when there is more to say, and the menu stays on the screen.
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Node kind-worker,/ }).click({ button: 'right' });
  const menu = await page.getByRole('menu').boundingBox();
  expect((menu?.x ?? 0) + (menu?.width ?? 999)).toBeLessThanOrEqual(320);
  expect((menu?.y ?? 0) + (menu?.height ?? 999)).toBeLessThanOrEqual(640);
  await page.getByRole('menuitem', { name: 'Cut the power' }).click();
  await expect(page.getByRole('button', { name: /^1 fault/ })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});

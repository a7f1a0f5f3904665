import { expect, test } from '@playwright/test';

test('the cluster is shown before the rest of the engine is there, and acts wait for it', async ({ page }) => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/rest-of-engine/, async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest(/rest-of-engine/);
  await page.goto('index.html?seed=1');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  await asked;
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  release();
  await page.getByRole('button', { name: 'Skip to where all is quiet' }).click();
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();
});

import { expect, type Page, test } from '@playwright/test';

const clock = (page: Page) => page.getByText(/^T\+\d/);

test('presenting, by keyboard: full screen, step by step, blank, and back', async ({ page }) => {
  await page.goto('index.html?seed=1');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  await page.keyboard.press('p');
  await expect(page.getByRole('button', { name: /^Leave/ })).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();

  await page.keyboard.press('PageDown');
  await expect(clock(page)).toContainText('paused');
  const first = await clock(page).textContent();
  await page.keyboard.press('.');
  await expect(clock(page)).not.toHaveText(first ?? '');

  await page.keyboard.press('b');
  await expect(page.getByRole('status', { name: /blank/i })).toBeVisible();
  await page.keyboard.press('PageDown');
  await expect(page.getByRole('status', { name: /blank/i })).toBeHidden();

  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Present' })).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement === null)).toBe(true);
});

test('a step in a quiet cluster says how much time it has skipped', async ({ page }) => {
  await page.goto('index.html?seed=1&paused');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  await page.keyboard.press('p');
  await expect(clock(page)).toContainText('paused');
  await page.keyboard.press('PageDown');
  await expect(page.getByText(/^\d.* (s|min) skipped$/)).toBeVisible();
});

test('time in an embed runs only while it is on the screen', async ({ page, baseURL }) => {
  const frame = `<iframe title="diagram" sandbox="allow-scripts" width="900" height="600" src="${baseURL}embed.html?seed=1&autoplay=1"></iframe>`;
  await page.route('**/host-page.html', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>Docs</title>${frame}<p style="height: 5000px">Much text.</p><a href="#">End</a>`,
    }),
  );
  await page.goto('host-page.html');
  const time = page.frameLocator('iframe').getByText(/^T\+\d/);
  const moves = async (): Promise<boolean> => {
    const before = await time.textContent();
    // The clock is shown with milliseconds and drawn each frame: in twenty of them it moves, or it stands.
    await page.evaluate(async () => {
      for (let i = 0; i < 20; i += 1) await new Promise(requestAnimationFrame);
    });
    return (await time.textContent()) !== before;
  };
  await expect.poll(moves).toBe(true);
  await page.getByRole('link', { name: 'End' }).scrollIntoViewIfNeeded();
  await expect.poll(moves).toBe(false);
  expect(await moves()).toBe(false);
  await page.getByTitle('diagram').scrollIntoViewIfNeeded();
  await expect.poll(moves).toBe(true);
});

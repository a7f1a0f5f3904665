import { expect, test } from '@playwright/test';

test('an address that asks for the impossible is answered in words, until they are closed', async ({ page }) => {
  await page.goto('index.html?workers=500&seed=abc&paused');
  const notice = page.getByRole('status').filter({ hasText: 'is not used' });
  await expect(notice).toContainText('“workers=500” is not used: workers has to be a whole number from 0 to 50.');
  await expect(notice).toContainText('“seed=abc” is not used');
  await expect(page.getByRole('button', { name: /^Node kind-worker3, Ready/ })).toBeVisible();
  await notice.getByRole('button', { name: 'Close' }).click();
  await expect(notice).toBeHidden();
});

test('so it is in an embed, and the other half of a comparison leads to the page', async ({ page }) => {
  await page.goto('embed.html?scenario=nope');
  await expect(page.getByRole('status').filter({ hasText: '“scenario=nope” is not used' })).toContainText(
    'Instead it is deploy.',
  );
  await page.goto('compare.html?seed=1');
  await page.getByRole('link', { name: 'Open Orrery' }).click();
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
});

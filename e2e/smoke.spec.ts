import { expect, test } from '@playwright/test';

for (const path of ['index.html', 'embed.html']) {
  test(`${path} opens without an error`, async ({ page }) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(path);
    await expect(page).toHaveTitle(/Orrery/);
    await expect(page.getByRole('main')).toBeVisible();
    expect(errors).toEqual([]);
  });
}

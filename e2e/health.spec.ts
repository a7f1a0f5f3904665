import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

test('what works now is quiet, opens by keyboard, and says what has stopped', async ({ page }) => {
  await page.goto('index.html?seed=1&speed=5');
  const button = page.getByRole('button', { name: /^What works now: / });
  await expect(button).toHaveAccessibleName('What works now: All works');
  await button.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: 'What works now' });
  await expect(panel.getByRole('listitem')).toHaveCount(9);
  await expect(panel).toContainText('Changes are written.');
  const { violations } = await new AxeBuilder({ page }).include('header').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.length])).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(button).toBeFocused();
  await page.getByRole('button', { name: /^Node kind-control-plane,/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Cut the power' }).click();
  await expect(button).toHaveAccessibleName(/stopped/, { timeout: 20_000 });
  await button.press('Enter');
  await expect(panel).toContainText('No API server runs: nothing can be changed.');
});

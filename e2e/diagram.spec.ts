import { expect, test } from '@playwright/test';

test.beforeEach(async ({ page }) => {
  await page.goto('index.html?paused&seed=1');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
});

test('the default cluster has every part of the architecture', async ({ page }) => {
  for (const name of [/^etcd,/, /^Scheduler,/, /^Controller manager,/, /^Cloud controller manager, not in kind/]) {
    await expect(page.getByRole('button', { name })).toBeVisible();
  }
  for (const node of ['kind-control-plane', 'kind-worker', 'kind-worker2', 'kind-worker3']) {
    await expect(page.getByRole('button', { name: new RegExp(`^Node ${node}, Ready`) })).toBeVisible();
    for (const agent of ['kubelet', 'containerd', 'CNI', 'kube-proxy']) {
      await expect(page.getByRole('button', { name: `${agent} on ${node}`, exact: true })).toBeVisible();
    }
  }
  await expect(page.getByRole('button', { name: /^Service kube-dns, 10\.96\.0\.10/ })).toBeVisible();
});

test('arrow keys follow the architecture, Enter selects', async ({ page }) => {
  await page.getByRole('button', { name: /^Scheduler,/ }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('button', { name: /^Controller manager,/ })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  const apiServer = page.getByRole('button', { name: /^API server,/ });
  await expect(apiServer).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(apiServer).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Escape');
  await expect(apiServer).toHaveAttribute('aria-pressed', 'false');
});

test('a node whose power is cut looks dead at once, whatever the API still says', async ({ page }) => {
  await page.getByRole('button', { name: /^Node kind-worker2,/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Cut the power' }).click();
  await expect(page.getByRole('button', { name: /^Node kind-worker2, No power, API: Ready/ })).toBeVisible();
});

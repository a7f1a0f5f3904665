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

test('Tab still comes to the diagram when the part that it came to is gone', async ({ page }) => {
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  const service = page.getByRole('button', { name: /^Service web,/ });
  await service.focus({ timeout: 20_000 });
  await expect(service).toHaveAttribute('tabindex', '0');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  await expect(service).toBeHidden({ timeout: 20_000 });
  await expect(page.getByRole('button', { name: /^etcd,/ })).toHaveAttribute('tabindex', '0');
});

test('a node whose power is cut looks dead at once, whatever the API still says', async ({ page }) => {
  await page.getByRole('button', { name: /^Node kind-worker2,/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Cut the power' }).click();
  await expect(page.getByRole('button', { name: /^Node kind-worker2, No power, API: Ready/ })).toBeVisible();
});

test('a control plane of three goes on without one of its machines', async ({ page }) => {
  await page.goto('index.html?seed=1&profile=ha&speed=5');
  const hosts = ['kind-control-plane', 'kind-control-plane2', 'kind-control-plane3'];
  for (const host of hosts) {
    await expect(page.getByRole('button', { name: new RegExp(`^API server on ${host}, running`) })).toBeVisible();
    await expect(
      page.getByRole('button', { name: new RegExp(`^etcd member on ${host}, (leader|follower)`) }),
    ).toBeVisible();
  }
  await expect(page.getByRole('button', { name: /^Load balancer, running, 3 of 3 API servers up/ })).toBeVisible();
  await page.getByRole('button', { name: /^Node kind-control-plane2,/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Cut the power' }).click();
  await expect(page.getByRole('button', { name: /^API server on kind-control-plane2, down/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^etcd member on kind-control-plane2, down/ })).toBeVisible();
  // Until its checks have failed, the load balancer still sends some there.
  await expect(page.getByRole('button', { name: /^Load balancer, running, 2 of 3 API servers up/ })).toBeVisible({
    timeout: 20_000,
  });
  // Two of three members are a majority: the app comes up all the same.
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible({ timeout: 20_000 });
});

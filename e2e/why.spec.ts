import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

const why = (page: Page) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: 'Why did this happen?', exact: true }) });

async function deployAndSelectPod(page: Page): Promise<void> {
  await page.goto('index.html?seed=1');
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  await page.getByRole('button', { name: 'Skip to where all is quiet' }).click();
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();
  await page
    .getByRole('button', { name: /^Pod web-.*1 of 1 ready/ })
    .first()
    .click();
}

test('a pod tells why it is there, back to the act, and what it led to', async ({ page }) => {
  await deployAndSelectPod(page);
  const lines = why(page).getByRole('listitem');
  await expect(lines.first()).toContainText(/reports pod web-\S+ Ready/);
  await expect(lines.last()).toContainText('You: kubectl apply deployment/web service/web');
  await lines.filter({ hasText: 'The scheduler binds' }).hover();
  await expect(page.locator('svg[data-trail]')).toHaveCount(1);
  await page.getByRole('button', { name: 'What did this cause?' }).click();
  await expect(page.getByText('The scheduler hears of pod').last()).toBeVisible();
  await why(page).getByRole('button', { name: 'Deployment web', exact: true }).first().click();
  await expect(page.getByRole('heading', { name: 'web', exact: true })).toBeVisible();
});

test('a trace opens, is read by keyboard, and is exported as OpenTelemetry JSON', async ({ page }) => {
  await deployAndSelectPod(page);
  await why(page).getByRole('button', { name: 'As a trace' }).click();
  const spans = page.getByRole('listbox', { name: /^Spans of the trace/ });
  await expect(spans.getByRole('option').first()).toContainText('You: kubectl apply');
  await spans.focus();
  for (const key of ['ArrowDown', 'ArrowDown', '+', '+', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
  await expect(spans.getByRole('option', { selected: true })).toHaveCount(1);
  await expect(page.getByRole('heading', { name: /GET deployments\/web|You: / }).first()).toBeVisible();
  await page.getByRole('checkbox', { name: 'All that followed' }).check();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export OpenTelemetry JSON' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^trace-pod-web-.*\.json$/);
  const file = JSON.parse(readFileSync(await download.path(), 'utf8')) as { resourceSpans: unknown[] };
  expect(file.resourceSpans.length).toBeGreaterThan(6);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
});

test('without anything selected the tab says what to do', async ({ page }) => {
  await page.goto('index.html?seed=1');
  await page.getByRole('tab', { name: 'Trace' }).click();
  await expect(page.getByText(/^Select a pod, any other object or a message/)).toBeVisible();
});

test('an act is found on the timeline by keyboard, and tells what it caused', async ({ page }) => {
  await deployAndSelectPod(page);
  const strip = page.getByRole('listbox', { name: /^Messages over time/ });
  await strip.focus();
  await page.keyboard.press('Home');
  for (let lane = 0; lane < 7; lane++) await page.keyboard.press('ArrowDown');
  await expect(strip.getByRole('option')).toHaveText(/^kubectl apply deployment\/web service\/web, T\+/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'kubectl apply' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'What did this cause?' })).toHaveAttribute('aria-expanded', 'true');
});

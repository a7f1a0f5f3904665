import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

const playhead = (page: Page) => page.getByRole('slider', { name: 'Playhead: the whole run' });
const notice = (page: Page) => page.getByRole('region', { name: 'In the past' });
const service = (page: Page) => page.getByRole('button', { name: /^Service web/ });

/** A web app that runs, and time that stands still. */
async function open(page: Page): Promise<void> {
  await page.goto('index.html?seed=1');
  await page.getByRole('button', { name: 'Deploy a web app' }).click();
  await page.getByRole('button', { name: 'Skip to where all is quiet' }).click();
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();
  await page.getByRole('button', { name: /^Pause/ }).click();
}

/** Drags the playhead to a share of the strip. */
async function dragTo(page: Page, share: number): Promise<void> {
  const box = await playhead(page).boundingBox();
  if (box === null) throw new Error('The playhead is not on the page.');
  const y = box.y + 10;
  await page.mouse.move(box.x + box.width - 12, y);
  await page.mouse.down();
  for (const part of [0.25, 0.5, 0.75, 1])
    await page.mouse.move(box.x + box.width - 12 - part * box.width * (1 - share), y);
  await page.mouse.up();
}

async function cutPower(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Node kind-worker2,/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: /power/i }).first().click();
  await expect(page.getByRole('button', { name: /^Node kind-worker2, No power/ })).toBeVisible();
}

test('the playhead goes back, the page shows the past, and returns', async ({ page }) => {
  await open(page);
  await dragTo(page, 0.01);
  await expect(notice(page)).toContainText('before the newest moment');
  await expect(service(page)).toHaveCount(0);
  await notice(page).getByRole('button', { name: 'Return to newest' }).click();
  await expect(notice(page)).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();

  await playhead(page).focus();
  await page.keyboard.press('Home');
  await expect(playhead(page)).toHaveAttribute('aria-valuetext', /^T\+00:00:00\.000, .* before the newest moment$/);
  await page.keyboard.press('PageUp');
  await page.keyboard.press('End');
  await expect(playhead(page)).toHaveAttribute('aria-valuetext', /the newest moment$/);
  await expect(notice(page)).toHaveCount(0);
  // One visible message back.
  await page.keyboard.press('ArrowLeft');
  await expect(notice(page)).toBeVisible();
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations).toEqual([]);
});

test('an act in the past begins a branch; both futures stay, side by side too', async ({ page }) => {
  await open(page);
  await dragTo(page, 0.01);
  await expect(service(page)).toHaveCount(0);
  await cutPower(page);
  const begun = page.getByRole('status').filter({ hasText: 'A new branch begins here' });
  await expect(begun).toContainText('What came next is kept in “main”');
  await begun.getByRole('button', { name: 'Back to “main”' }).click();
  await expect(page.getByRole('button', { name: /^Service web, .*3 of 3/ })).toBeVisible();

  await page.getByRole('button', { name: /^Branch main, one of 2/ }).click();
  await page.getByRole('menuitemradio', { name: /power-off kind-worker2/ }).click();
  await expect(page.getByRole('button', { name: /^Node kind-worker2, No power/ })).toBeVisible();

  await page.getByRole('button', { name: /^Branch .*power-off/ }).click();
  await page.getByRole('menuitem', { name: 'History and branches…' }).click();
  const dialog = page.getByRole('dialog', { name: 'History and branches' });
  await dialog.getByRole('textbox', { name: /power-off/ }).fill('without worker 2');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('textbox', { name: 'Name of the branch without worker 2' })).toBeVisible();
  const found = await new AxeBuilder({ page }).include('dialog').analyze();
  expect(found.violations).toEqual([]);
  await dialog.getByRole('button', { name: 'Compare', exact: true }).click();
  const both = page.getByRole('region', { name: 'Two clusters side by side' });
  await expect(both.getByRole('heading', { name: 'Shown: without worker 2' })).toBeVisible();
  await expect(both).toContainText('powered: false │ true');
  const other = page.frameLocator('iframe[title^="Diagram of"]');
  await expect(other.getByRole('button', { name: /^Node kind-worker2, Ready/ })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  // On a phone one stands behind the other.
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(other.getByRole('button', { name: /^Node kind-worker2, Ready/ })).toBeHidden();
  await both.getByRole('tab', { name: 'Beside it' }).click();
  await expect(other.getByRole('button', { name: /^Node kind-worker2, Ready/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Node kind-worker2, No power/ })).toBeHidden();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  if (size !== null) await page.setViewportSize(size);
  await both.getByRole('button', { name: 'End the comparison' }).click();
  await expect(both).toHaveCount(0);

  await page.keyboard.press('i');
  await dialog.getByRole('button', { name: 'Delete the branch main' }).click();
  await expect(dialog.getByRole('textbox')).toHaveCount(1);
});

test('a link and a file replay the run; a damaged one leaves the present run alone', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page);
  await cutPower(page);
  await page.keyboard.press('i');
  const dialog = page.getByRole('dialog', { name: 'History and branches' });
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save to a file' }).click();
  const file = await (await download).path();
  await dialog.getByRole('button', { name: 'Copy a link' }).click();
  await expect(dialog.getByText('The link is on the clipboard.')).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain('#run=');

  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByText('it replays exactly as it was saved')).toBeVisible();
  await expect(other.getByRole('button', { name: /^Node kind-worker2, No power/ })).toBeVisible();
  await dragTo(other, 0.01);
  await expect(service(other)).toHaveCount(0);

  await other.goto(`index.html?seed=3${link.slice(link.indexOf('#'), -30)}`);
  await expect(other.getByRole('alert')).toContainText('cut off');
  await expect(other.getByRole('button', { name: /^Node kind-worker2, Ready/ })).toBeVisible();

  await other.keyboard.press('i');
  const chooser = other.waitForEvent('filechooser');
  await other.getByRole('button', { name: 'Load a file…' }).click();
  await (await chooser).setFiles(file);
  await expect(other.getByText('it replays exactly as it was saved')).toBeVisible();
  await expect(other.getByRole('button', { name: /^Node kind-worker2, No power/ })).toBeVisible();

  const old = { ...JSON.parse(await readFile(file, 'utf8')), version: 1 };
  await other.keyboard.press('i');
  const again = other.waitForEvent('filechooser');
  await other.getByRole('button', { name: 'Load a file…' }).click();
  await (await again).setFiles({
    name: 'old.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(old)),
  });
  await expect(other.getByRole('alert')).toContainText('of version 1; this page reads version 2');
  await expect(other.getByRole('button', { name: /^Node kind-worker2, No power/ })).toBeVisible();
});

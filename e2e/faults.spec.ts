import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

test.beforeEach(async ({ page }) => {
  await page.goto('index.html?paused&seed=1');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
});

async function chooseByKeyboard(page: Page, name: string): Promise<void> {
  const item = page.getByRole('menuitem', { name });
  await expect(item).toBeVisible();
  while (!(await item.evaluate((element) => element === document.activeElement)))
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}

test('a node is cut off from the diagram by keyboard, and connected again', async ({ page }) => {
  await page.getByRole('button', { name: /^Node kind-worker2, Ready/ }).focus();
  await page.keyboard.press('b');
  await chooseByKeyboard(page, 'Cut its network');
  const cut = page.getByRole('button', { name: 'Heal: kind-worker2 is cut off from everything else.' }).first();
  await cut.focus();
  await page.keyboard.press('Enter');
  await expect(cut).toBeHidden();
});

test('a line is cut by keyboard, from the menu of what it ends at', async ({ page }) => {
  await page.getByRole('button', { name: 'kubelet on kind-worker', exact: true }).focus();
  await page.keyboard.press('b');
  await chooseByKeyboard(page, 'The line to API server on kind-control-plane…');
  await chooseByKeyboard(page, 'Cut this connection');
  const heal = 'Heal: kubelet on kind-worker is cut off from the API server on kind-control-plane.';
  await expect(page.getByRole('button', { name: heal })).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'kubelet on kind-worker', exact: true })).toBeFocused();
});

test('a planned fault can be called off; a step goes to it, and the past shows what was down', async ({ page }) => {
  const caption = page.getByRole('region', { name: 'What just happened' });
  const plan = async (): Promise<void> => {
    await page.getByRole('button', { name: 'kubelet on kind-control-plane', exact: true }).focus();
    await page.keyboard.press('b');
    await chooseByKeyboard(page, 'Break it another way…');
    const dialog = page.getByRole('dialog', { name: /^Break / });
    await expect(dialog.getByLabel('What happens')).toBeFocused();
    await dialog.getByLabel('When').selectOption({ label: 'in 30 s' });
    await dialog.getByLabel('What happens').selectOption({ label: 'Cut the power' });
    await dialog.getByRole('button', { name: 'Break it' }).click();
    await expect(caption).toContainText('In 30 s: kind-control-plane has no power.');
  };
  await plan();
  await page.getByRole('button', { name: '1 planned' }).click();
  await page.getByRole('menuitem', { name: 'Call off: kind-control-plane has no power. in 30 s' }).click();
  await expect(page.getByRole('button', { name: '1 planned' })).toBeHidden();
  await plan();
  await page.keyboard.press('.');
  await expect(page.getByRole('button', { name: '1 fault' })).toBeVisible();
  await expect(caption).toContainText('kind-control-plane has no power.');
  await expect(caption).toContainText('30 s skipped');
  // What comes with a seek knows nothing of what was there before.
  await page.getByRole('slider', { name: 'Playhead: the whole run' }).focus();
  await page.keyboard.press('Home');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  await page.keyboard.press('End');
  await expect(page.getByRole('button', { name: /^API server, down/ })).toBeVisible();
});

test('a partition is drawn in the dialog, counts down, and heals', async ({ page }) => {
  await page.keyboard.press('b');
  const dialog = page.getByRole('dialog', { name: 'Break something' });
  await dialog.getByLabel('What happens').selectOption({ label: 'Cut the network' });
  const side = (name: string, label: string) =>
    dialog.getByRole('radiogroup', { name, exact: true }).getByRole('radio', { name: label });
  const doIt = dialog.getByRole('button', { name: 'Break it' });
  await doIt.click();
  await expect(dialog.getByRole('alert')).toHaveText('partition: the first side (target) is empty');
  await side('kind-worker', 'Side A').press('Space');
  await side('kind-worker3', 'Side A').press('Space');
  await side('kind-control-plane', 'Side B').press('Space');
  await dialog.getByLabel('For how long').selectOption({ label: 'for 30 s' });
  const { violations } = await new AxeBuilder({ page }).include('dialog').analyze();
  expect(violations).toEqual([]);
  await doIt.click();
  await expect(dialog).toBeHidden();

  await page.getByRole('button', { name: '1 fault' }).click();
  const heal = page.getByRole('menuitem', {
    name: /^Heal: kind-worker and kind-worker3 are cut off from kind-control-plane\. heals in (30|29) s$/,
  });
  await expect(heal).toBeVisible();
  // Drawn on a line of each of the two.
  await expect(page.getByRole('button', { name: /^Heal: kind-worker and kind-worker3/ })).toHaveCount(2);
  await heal.click();
  await expect(page.getByRole('button', { name: '1 fault' })).toBeHidden();
});

test('of many machines the dialog shows some, and finds the others by name', async ({ page }) => {
  await page.goto('index.html?paused&seed=1&workers=50');
  await expect(page.getByRole('button', { name: /^Node kind-worker50, Ready/ })).toBeVisible();
  await page.keyboard.press('b');
  const dialog = page.getByRole('dialog', { name: 'Break something' });
  await dialog.getByLabel('Find one of 51').fill('worker47');
  await expect(dialog.getByLabel('Node')).toHaveValue('kind-worker47');
  await dialog.getByLabel('What happens').selectOption({ label: 'Cut the network' });
  await expect(dialog.getByRole('radiogroup')).toHaveCount(12);
  await dialog.getByLabel('Find one of 52').fill('worker42');
  await dialog.getByRole('radiogroup', { name: 'kind-worker42' }).getByRole('radio', { name: 'Side A' }).press('Space');
  await dialog.getByLabel('Single components too').check();
  await dialog.getByLabel(/^Find one of/).fill('scheduler');
  // What was chosen stays to be seen.
  await expect(dialog.getByRole('radiogroup')).toHaveCount(2);
  await dialog
    .getByRole('radiogroup', { name: /^scheduler@/ })
    .getByRole('radio', { name: 'Side B' })
    .press('Space');
  await dialog.getByRole('button', { name: 'Break it' }).click();
  await page.getByRole('button', { name: '1 fault' }).click();
  await expect(
    page.getByRole('menuitem', { name: 'Heal: kind-worker42 is cut off from the scheduler on kind-control-plane.' }),
  ).toBeVisible();
});

test('a connection is slowed down from its line', async ({ page }) => {
  const kubelet = await page.getByRole('button', { name: 'kubelet on kind-worker', exact: true }).boundingBox();
  const node = await page.getByRole('button', { name: /^Node kind-worker, Ready/ }).boundingBox();
  const at = { x: (kubelet?.x ?? 0) + (kubelet?.width ?? 0) / 2, y: (node?.y ?? 0) - 12 };
  await page.mouse.click(at.x, at.y, { button: 'right' });
  await page.getByRole('menuitem', { name: 'Slow this connection down' }).click();
  const heal = page.getByRole('button', {
    name: /^Heal: Messages between kubelet on kind-worker and the API server on/,
  });
  await expect(heal).toHaveCount(1);
  await heal.click();
  await expect(heal).toBeHidden();
});

test('two sides are chosen on the diagram by keyboard, and cut from each other', async ({ page }) => {
  const bar = page.getByRole('region', { name: 'Draw a cut' });
  const node = (name: string) => page.getByRole('button', { name: new RegExp(`^Node ${name}, Ready`) });
  await node('kind-worker2').focus();
  await page.keyboard.press('x');
  await expect(bar.getByRole('button', { name: 'Cut the network' })).toBeDisabled();
  await expect(node('kind-worker2')).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(bar.getByRole('button', { name: 'Side A kind-worker2, kind-worker3' })).toBeVisible();
  await node('kind-control-plane').focus();
  await page.keyboard.press('b');
  await expect(bar.getByRole('status')).toHaveText('On side B now: kind-control-plane.');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(bar).toBeHidden();
  await page.keyboard.press('x');
  await page.keyboard.press('a');
  await bar.getByRole('button', { name: 'Cut the network' }).click();
  await expect(bar).toBeHidden();
  await expect(
    page.getByRole('button', { name: 'Heal: kind-control-plane is cut off from everything else.' }).first(),
  ).toBeVisible();
});

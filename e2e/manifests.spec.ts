import { expect, type Page, test } from '@playwright/test';

const POD = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: c\n    image: nginx\n';
/** Nine to the fifth: each list is the one before it nine times. */
const ALIAS_BOMB = ['a: &a [x,x,x,x,x,x,x,x,x]']
  .concat(['ba', 'cb', 'dc'].map(([own, last]) => `${own}: &${own} [${Array(9).fill(`*${last}`)}]`))
  .concat(`e: [${Array(9).fill('*d')}]`)
  .join('\n');

const editor = (page: Page) => page.getByRole('textbox', { name: 'Manifest' });
const result = (page: Page) => page.getByRole('region', { name: 'Result' });
const revision = (page: Page) => page.getByRole('button', { name: /^etcd,/ }).getByText(/rev \d+/);
/** Long texts are not all in the DOM: what the editor keeps for the next visit is the whole. */
const keptText = (page: Page) => page.evaluate(() => Object.values(localStorage).join('\n'));

async function open(page: Page, query: string): Promise<void> {
  await page.goto(`index.html?seed=1&${query}`);
  await page.getByRole('tab', { name: 'YAML' }).click();
  await expect(editor(page)).toBeVisible();
}

async function apply(page: Page, text: string): Promise<void> {
  await editor(page).fill(text);
  await editor(page).press('Control+Enter');
}

/** Texts that cannot be read: refused at once, also while the clock stands still. */
const UNREADABLE = [
  {
    what: 'bad indentation',
    text: POD.replace('  name: web', '  name: web\n   labels: x'),
    line: 5,
    says: /line 5, column 10: bad indentation/,
  },
  { what: 'an alias bomb', text: ALIAS_BOMB, line: 1, says: /excessive aliasing/ },
  { what: '10,000 open brackets', text: `a: ${'['.repeat(10_000)}`, line: 1, says: /nesting exceeded maxDepth \(64\)/ },
  {
    what: 'more than 256 KiB',
    text: `# ${'x'.repeat(300_000)}`,
    line: 1,
    says: /it has 300002 bytes, and 262144 are allowed/,
  },
] as const;

for (const { what, text, line, says } of UNREADABLE) {
  test(`a text with ${what} is refused at its line, and nothing changes`, async ({ page }) => {
    await open(page, 'paused');
    const before = await revision(page).textContent();
    await apply(page, text);
    await expect(result(page).getByRole('alert')).toContainText(says);
    await expect(result(page).getByText('Nothing was applied.')).toBeVisible();
    await result(page)
      .getByRole('button', { name: `Go to line ${line}` })
      .click();
    await expect(editor(page)).toBeFocused();
    await expect.poll(() => keptText(page)).toContain(text);
    await expect(revision(page)).toHaveText(before ?? '');
  });
}

/** Objects that the API server refuses, with its own sentence. */
const REFUSED = [
  {
    what: 'an unknown kind',
    text: POD.replace('v1\nkind: Pod', 'example.com/v1\nkind: Widget'),
    line: 1,
    says: /no matches for kind "Widget" in version "example.com\/v1"/,
  },
  {
    what: 'an unknown field',
    text: `${POD}  imagine: nginx\n`,
    line: 9,
    says: /strict decoding error: unknown field "spec.imagine"/,
  },
  {
    what: 'a quantity that is none',
    text: `${POD}    resources:\n      requests:\n        memory: 1.5.0Gi\n`,
    line: 11,
    says: /quantities must match the regular expression/,
  },
  {
    what: 'a value of the wrong type',
    text: `${POD}  hostNetwork: 7\n`,
    line: 9,
    says: /cannot unmarshal number into Go struct field PodSpec\.spec\.hostNetwork of type bool/,
  },
  {
    what: 'markup for a name',
    text: POD.replace('name: web', 'name: <img src=x onerror=alert(1)>'),
    line: 4,
    says: /Pod "<img src=x onerror=alert\(1\)>" is invalid: metadata\.name/,
  },
] as const;

for (const { what, text, line, says } of REFUSED) {
  test(`${what} is refused in the API server's words, and the text stays`, async ({ page }) => {
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await open(page, 'speed=1');
    await apply(page, text);
    await expect(result(page).getByText(says)).toBeVisible();
    await expect(result(page).getByText('0 applied, 1 refused: the cluster keeps what it had')).toBeVisible();
    await expect(result(page).getByRole('button', { name: `Go to line ${line}`, exact: true })).toBeVisible();
    await expect.poll(() => keptText(page)).toContain(text);
    await expect(page.getByRole('button', { name: /^Pod (web|<img)/ })).toHaveCount(0);
    expect(dialogs).toEqual([]);
  });
}

test('one bad object does not stop the good one before it', async ({ page }) => {
  await open(page, 'speed=1');
  await apply(page, `${POD}---\n${POD.replace('name: web', 'name: Web')}`);
  await expect(result(page).getByText('1 applied, 1 refused: the cluster keeps what it had')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Pod web,/ })).toBeVisible();
});

test('a file dropped anywhere lands in the editor', async ({ page }) => {
  await page.goto('index.html?seed=1&paused');
  await expect(page.getByRole('button', { name: /^API server, running/ })).toBeVisible();
  const dataTransfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'web.yaml'));
    return data;
  }, POD);
  await page.getByRole('main').dispatchEvent('dragover', { dataTransfer });
  await expect(page.getByText('Drop manifests to open them')).toBeVisible();
  await page.getByRole('main').dispatchEvent('drop', { dataTransfer });
  await expect(editor(page)).toContainText('name: web');
});

// Takes the pictures of the README from the build in dist/:
//   node scripts/screenshot.mjs [--page 'index.html?...'] [--out docs/images/main] [--size 1600x1000]
//     [--press <button>]... [--see <button>] [--wait ms] [--pause]
// It presses the buttons one after the other, waits until another one is there (both are regular expressions for what
// a button is called; the parts of the diagram are buttons too), waits so many milliseconds, and lets time stand still.
// Without any of them it shows the deployment of the guide's web app, at the moment when its first pod is ready.
// Writes <out>-light.png and <out>-dark.png.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { launchOptions } from './browser.mjs';

const { values } = parseArgs({
  options: {
    page: { type: 'string', default: 'index.html' },
    out: { type: 'string', default: 'docs/images/main' },
    size: { type: 'string', default: '1600x1000' },
    press: { type: 'string', multiple: true, default: ['^Deploy a web app$', '^Scheduler'] },
    see: { type: 'string', default: '^Pod web-.*1 of 1 ready' },
    wait: { type: 'string', default: '150' },
    pause: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [width = 1600, height = 1000] = values.size.split('x').map(Number);
/** Real time that the story of a deployment may take on a slow machine. */
const PATIENCE_MS = 180_000;
/** Until what has just changed is drawn at its place. */
const SETTLE_MS = 800;

const server = await preview({ preview: { host: '127.0.0.1', port: 4175 }, logLevel: 'warn' });
const browser = await chromium.launch(launchOptions());
try {
  mkdirSync(dirname(values.out), { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    const button = (name) => page.getByRole('button', { name: new RegExp(name) }).first();
    await page.goto(new URL(values.page, server.resolvedUrls.local[0]).href);
    for (const name of values.press) await button(name).click({ timeout: PATIENCE_MS });
    if (values.see !== '') await button(values.see).waitFor({ timeout: PATIENCE_MS });
    await page.waitForTimeout(Number(values.wait));
    if (values.pause) await button('^Pause$').click();
    await page.mouse.move(0, 0);
    await page.waitForTimeout(SETTLE_MS);
    const path = `${values.out}-${colorScheme}.png`;
    await page.screenshot({ path });
    console.log(path);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}

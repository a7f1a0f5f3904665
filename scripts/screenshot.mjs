// Takes the pictures of the README from the build in dist/:
//   node scripts/screenshot.mjs [--page 'index.html#...'] [--out docs/images/main] [--wait ms] [--size 1600x1000]
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
    wait: { type: 'string', default: '4000' },
    size: { type: 'string', default: '1600x1000' },
  },
});
const [width = 1600, height = 1000] = values.size.split('x').map(Number);

const server = await preview({ preview: { host: '127.0.0.1', port: 4175 }, logLevel: 'warn' });
const browser = await chromium.launch(launchOptions());
try {
  mkdirSync(dirname(values.out), { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(new URL(values.page, server.resolvedUrls.local[0]).href);
    await page.waitForTimeout(Number(values.wait));
    const path = `${values.out}-${colorScheme}.png`;
    await page.screenshot({ path });
    console.log(path);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}

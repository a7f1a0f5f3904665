// How smooth the page of the build in dist/ is, in a real Chromium: `npm run bench -- page-frames-1x` and so on, or by
// itself: `node scripts/bench-page.mjs <name>` prints the figure. Frames are counted in real time, so an otherwise
// quiet machine is needed; tasks are measured in processor time, so that a busy one does not lengthen them.
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { launchOptions } from './browser.mjs';

/** As issue and design ask: 10 nodes; 100 pods for the frames, 1,000 for the tasks. */
const FIGURES = {
  'page-frames-1x': (page) => framesWhile(page, 'speed=1', 100),
  'page-frames-story': (page) => framesWhile(page, '', 100),
  'page-longest-task': longestTask,
};
/** Real time that is watched: all 100 pods are up by then at 1×. */
const WATCHED_MS = 12_000;
const PATIENCE_MS = 120_000;

const measure = FIGURES[process.argv[2] ?? ''];
if (measure === undefined) {
  console.error(`Which figure? ${Object.keys(FIGURES).join(', ')}`);
  process.exit(2);
}
const server = await preview({ preview: { host: '127.0.0.1', port: 4176 }, logLevel: 'error' });
const browser = await chromium.launch(launchOptions());
try {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  process.stdout.write(JSON.stringify(await measure(page)));
} finally {
  await browser.close();
  await server.close();
}

/** The page with a manifest in the editor, not applied yet; `apply` applies it. */
async function openWith(page, query, replicas) {
  await page.goto(new URL(`index.html?seed=1&workers=10&${query}`, server.resolvedUrls.local[0]).href);
  await page.getByRole('tab', { name: 'YAML' }).click();
  const editor = page.getByRole('textbox', { name: 'Manifest' });
  await editor.fill(
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
      },
    }),
  );
  return { apply: () => editor.press('Control+Enter') };
}

/** The 95th percentile of the time between two frames, in ms. */
async function framesWhile(page, query, replicas) {
  const { apply } = await openWith(page, query, replicas);
  await apply();
  const gaps = await page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const found = [];
        let last;
        const end = performance.now() + ms;
        const count = (now) => {
          if (last !== undefined) found.push(now - last);
          last = now;
          if (now < end) requestAnimationFrame(count);
          else resolve(found);
        };
        requestAnimationFrame(count);
      }),
    WATCHED_MS,
  );
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length * 0.95)];
}

/** Processor ms of the longest task of the main thread while 1,000 pods start as fast as they can. */
async function longestTask(page) {
  const { apply } = await openWith(page, 'speed=1', 1000);
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => session.on('Tracing.tracingComplete', resolve));
  const traceConfig = { includedCategories: ['toplevel', 'devtools.timeline', '__metadata'] };
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig });
  await apply();
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('End');
  await page
    .getByText(/1000 of 1000 pods available/)
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  await session.send('Tracing.end');
  await complete;
  const tasks = events.filter(({ ph, name, tdur }) => ph === 'X' && tdur !== undefined && name.endsWith('RunTask'));
  const main = mainThread(events);
  const longest = Math.max(...tasks.filter((event) => threadOf(event) === main).map(({ tdur }) => tdur));
  return longest / 1000;
}

function threadOf({ pid, tid }) {
  return `${pid}/${tid}`;
}

/** The main thread of the process that draws the page: the one whose scripts handle most. */
function mainThread(events) {
  const named = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const calls = (thread) =>
    events.filter((event) => event.name === 'FunctionCall' && threadOf(event) === thread).length;
  return named.map(threadOf).sort((a, b) => calls(b) - calls(a))[0];
}

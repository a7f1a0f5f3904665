// Finds the Chromium that the end-to-end tests and the screenshots run in. No dependencies.
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const COMMANDS = [
  'chromium',
  'chromium-browser',
  'chromium-headless-shell',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];

const USUAL_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Arguments that keep a test browser from talking to anyone but the page under test. */
const BROWSER_ARGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/**
 * The browser to run: its executable, or `undefined` inside `found` when Playwright's own is installed.
 * `found` is false when there is none on this machine.
 */
export function findBrowser() {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted) {
    if (!isExecutable(wanted)) throw new Error(`CHROMIUM_PATH is ${wanted}, which cannot be run.`);
    return { found: true, executablePath: wanted };
  }
  if (hasPlaywrightBrowser()) return { found: true, executablePath: undefined };
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .flatMap((directory) => COMMANDS.map((command) => join(directory, command)));
  // In the order of COMMANDS, not of PATH: a full Chromium is preferred to whatever comes first.
  onPath.sort((a, b) => rank(a) - rank(b));
  const executablePath = [...onPath, ...USUAL_PLACES].find(isExecutable);
  return { found: executablePath !== undefined, executablePath };
}

/** The same, as Playwright's launch options. */
export function launchOptions() {
  return { executablePath: findBrowser().executablePath, args: BROWSER_ARGS };
}

function rank(path) {
  return COMMANDS.findIndex((command) => path.endsWith(command));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether `playwright install chromium` was run for the Playwright version in node_modules. */
function hasPlaywrightBrowser() {
  const root = new URL('../node_modules/playwright-core/', import.meta.url);
  const list = new URL('browsers.json', root);
  if (!existsSync(list)) return false;
  const cache = {
    darwin: join(homedir(), 'Library', 'Caches', 'ms-playwright'),
    win32: join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'ms-playwright'),
  }[process.platform];
  const directory =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    cache ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ms-playwright');
  if (!existsSync(directory)) return false;
  const revision = wantedRevision(list);
  return readdirSync(directory).some(
    (name) =>
      name === `chromium_headless_shell-${revision}` && existsSync(join(directory, name, 'INSTALLATION_COMPLETE')),
  );
}

function wantedRevision(list) {
  const { browsers } = JSON.parse(readFileSync(list, 'utf8'));
  return browsers.find((browser) => browser.name === 'chromium-headless-shell')?.revision;
}

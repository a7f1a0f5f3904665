// Brings a fresh clone to where `npm start` and `npm test` can run. Imports only what Node itself has,
// because it runs before there is a node_modules.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findBrowser } from './browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const lockfile = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const marker = fileURLToPath(new URL('../node_modules/.setup-hash', import.meta.url));

checkNode();
installDependencies();
if (process.argv.includes('--browser')) installBrowser();

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!isSupported) stop(`Node ${process.versions.node} is too old: this needs 20.19, 22.12 or later.`);
}

/** Runs `npm ci`, unless what it would install is what is there. */
function installDependencies() {
  const hash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === hash) return;
  console.log('Installing the dependencies (npm ci) ...');
  if (!runNpm('ci', '--no-audit', '--no-fund')) stop('npm ci failed; its own message is above.');
  writeFileSync(marker, hash);
}

function installBrowser() {
  if (findBrowser().found) return;
  console.log('No Chromium found; installing one ...');
  // Not --with-deps: it installs a hundred packages before it finds out that it cannot download.
  runNpm('exec', '--', 'playwright', 'install', 'chromium');
  if (findBrowser().found) return;
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    run('apt-get', ['update', '-qq']) &&
      // The fonts matter: a browser on a machine without any draws no text at all.
      run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']);
  }
  if (!findBrowser().found) {
    stop('The end-to-end tests need Chromium: install it, or set CHROMIUM_PATH to the one you have, and try again.');
  }
}

function runNpm(...args) {
  // Under `npm start` and `npm test` npm says where it is; its .cmd shim on Windows needs a shell.
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /\.c?js$/.test(npm)) return run(process.execPath, [npm, ...args]);
  return run('npm', args, process.platform === 'win32');
}

function run(command, args, shell = false) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env, shell }).status === 0;
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

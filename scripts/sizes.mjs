// Compares what a visitor downloads, gzipped, with the budgets; fails above one.
// A page is its HTML and all scripts and styles that it loads before it can draw: what is loaded on demand, fonts
// (compressed already, and swapped in later) and the worker are not in it. Of the engine worker that counts which has to
// arrive before it can show a first cluster; what it loads meanwhile (scripts/split/) is told beside it. Of the default
// cluster the page shows a recorded frame before that.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parseSync } from 'vite';

const KB = 1000;
/**
 * What may not be exceeded. The engine worker is far above its target; until it is there, this ceiling keeps it from
 * growing: lower it with every saving, never raise it.
 */
const BUDGETS = {
  'index.html': 300 * KB,
  'embed.html': 190 * KB,
  'recorded frame': 32 * KB,
  'engine worker': 152 * KB,
};
const TARGETS = { 'engine worker': 110 * KB };

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
if (!existsSync(join(dist, '.vite/manifest.json'))) {
  console.error('There is no build to measure: run `npm run build` first.');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));

const rows = [page('index.html'), page('embed.html'), recordedFrame(), ...workers()];
if (process.argv.includes('--json')) {
  console.log(JSON.stringify(rows));
  process.exit();
}
for (const { name, bytes, budget, target = budget, late } of rows) {
  const verdict = bytes > budget ? '  OVER BUDGET' : bytes > target ? `  target${kilobytes(target)} MISSED` : '';
  console.log(`${name.padEnd(16)}${kilobytes(bytes)} of ${kilobytes(budget)}${verdict}`);
  if (late)
    console.log(`  loaded while the first cluster is made:${kilobytes(late)}, together${kilobytes(bytes + late)}`);
}
for (const name of ['index.html', 'embed.html']) {
  for (const file of filesOf(name)) console.log(`  ${name}  ${file}${kilobytes(gzipped(file))}`);
}
console.log(
  `  fonts, on top: ${
    fonts()
      .map((file) => `${file} ${kilobytes(gzipped(file)).trim()}`)
      .join(', ') || 'none'
  }`,
);
if (rows.some(({ bytes, budget }) => bytes > budget)) process.exitCode = 1;

function page(name) {
  return { name, bytes: sum(filesOf(name)), budget: BUDGETS[name] };
}

/** What both pages load beside their own code, to show the default cluster before the worker does. */
function recordedFrame() {
  const name = 'recorded frame';
  return { name, bytes: sum(assets().filter((file) => /\brecorded-frame-/.test(file))), budget: BUDGETS[name] };
}

/** The page itself, its entry, and what that imports statically, styles included. */
function filesOf(name) {
  const files = new Set([name]);
  const seen = new Set();
  const visit = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    const chunk = manifest[key];
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  visit(name);
  return [...files];
}

/** Workers are built beside the pages and are not in their manifest; their chunks keep the name of the source file. */
function workers() {
  const entries = assets().filter((file) => /\bworker-[\w-]+\.js$/.test(file));
  const isExpected = existsSync(new URL('../src/worker/engine.worker.ts', import.meta.url));
  if (entries.length === 0 && isExpected) {
    console.error('The engine worker is not in the build.');
    process.exitCode = 1;
  }
  return entries.map((entry) => {
    const bytes = sum(withStaticImports(entry));
    const name = 'engine worker';
    const late = sum(withLate(entry)) - bytes;
    return { name, bytes, budget: BUDGETS[name], target: TARGETS[name], late };
  });
}

/** Code that the bundler moved into a shared chunk still has to arrive before the worker can start. */
function withStaticImports(entry) {
  return reached(entry, ({ module }) => module.staticImports.map(({ moduleRequest }) => moduleRequest.value));
}

/** All that the worker loads. */
function withLate(entry) {
  return reached(entry, ({ module }, text) => [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ]);
}

function reached(entry, importsOf) {
  const files = new Set([entry]);
  // A set may grow while it is walked.
  for (const file of files) {
    const text = readFileSync(join(dist, file), 'utf8');
    for (const name of importsOf(parseSync(file, text), text)) files.add(posix.join(posix.dirname(file), name));
  }
  return [...files];
}

function fonts() {
  return assets().filter((file) => file.endsWith('.woff2'));
}

function assets() {
  return readdirSync(join(dist, 'assets')).map((file) => `assets/${file}`);
}

function sum(files) {
  return files.reduce((total, file) => total + gzipped(file), 0);
}

function gzipped(file) {
  return gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
}

function kilobytes(bytes) {
  return `${(bytes / KB).toFixed(1)} kB`.padStart(10);
}

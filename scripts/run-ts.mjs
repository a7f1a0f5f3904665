// Runs a TypeScript tool in Node: `node scripts/run-ts.mjs scripts/bench.ts [arguments]`.
// Node 20 cannot load TypeScript, so the tool is bundled with everything it imports and the bundle is run.
import { spawnSync } from 'node:child_process';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node scripts/run-ts.mjs <script.ts> [arguments]');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const name = basename(script).replace(/\.ts$/, '');
const outDir = resolve(root, 'node_modules/.cache/run-ts', name);

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: resolve(script),
    outDir,
    emptyOutDir: true,
    minify: false,
    target: 'node20',
    sourcemap: 'inline',
    rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
  },
  // Measure what the page runs: immer and React have slower development builds.
  define: { 'process.env.NODE_ENV': '"production"' },
});
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--expose-gc', resolve(outDir, `${name}.mjs`), ...args],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;

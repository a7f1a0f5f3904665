import { resolve } from 'node:path';
import { build, type Plugin } from 'vite';
import { Coverage } from './coverage.ts';
import { type Parts, split } from './split.ts';
import { parse } from './syntax.ts';

const WORKER = resolve(import.meta.dirname, '../../src/worker/engine.worker.ts');
const REST = resolve(import.meta.dirname, '../../src/worker/rest-of-engine.ts');
const EARLY = '\0engine:early';

/**
 * The clusters that come to life without the late part, and with them any that differs only in its dice. For another
 * one the worker waits until it is whole.
 */
const FIRST_CLUSTERS = [{ seed: 1 }, { seed: 2 }, { seed: 3 }, { seed: 4 }, { seed: 5, workers: 10 }];

/**
 * Splits the engine's worker in two without a trace in the sources: into what runs while a first cluster is made, found
 * by making it, and the rest, which src/worker/rest-of-engine.ts stands for and the worker loads meanwhile.
 */
export function splitEngine(): Plugin {
  let parts: Promise<Parts> | undefined;
  return {
    name: 'split-engine',
    apply: 'build',
    enforce: 'pre',
    resolveId: (source) => (source === EARLY ? source : undefined),
    async load(id) {
      if (id === WORKER) return { code: `import ${JSON.stringify(EARLY)};`, moduleType: 'js' };
      if (id !== REST && id !== EARLY) return undefined;
      parts ??= bundleWorker().then(splitByUse);
      const { early, late } = await parts;
      return { code: id === EARLY ? early : late, moduleType: 'js' };
    },
  };
}

/** The worker as one script, not minified; only the import of the rest is left in it. */
export async function bundleWorker(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, ssr: WORKER, minify: false, target: 'esnext', rolldownOptions: { external: REST } },
  });
  const [chunk] = (built as { output: { code: string }[] }).output;
  return (chunk as { code: string }).code.replace(IMPORT_OF_REST, `import(${JSON.stringify(REST)})`);
}

const IMPORT_OF_REST = /import\("[^"]*rest-of-engine[^"]*"\)/;

/** Makes the first clusters with the bundle, and cuts it where they did not go. */
export function splitByUse(code: string): Parts {
  const coverage = new Coverage(code.length);
  for (const options of FIRST_CLUSTERS) {
    let isShown = false;
    const postMessage = ({ type }: { type: string }): void => {
      isShown ||= type === 'frame';
    };
    const world = { self: { postMessage }, performance, setTimeout: () => 0 };
    const message = { type: 'create', options, speed: 'story', playing: true };
    const create = `self.onmessage({ data: ${JSON.stringify(message)} })`;
    coverage.measure(asScript(code), JSON.stringify(options), world, create);
    if (!isShown) throw new Error(`the worker shows no cluster for ${JSON.stringify(options)}`);
  }
  const body = parse(code);
  coverage.forgiveForIn(body);
  return split(code, body, coverage.isDead, EARLY);
}

/** A module without its imports and exports, of the same length; the rest of the engine never arrives. */
export function asScript(code: string): string {
  return code
    .replace(IMPORT_OF_REST, (found) => 'new Promise(()=>{})'.padEnd(found.length))
    .replace(/^(export|import) \{[^}]*\}.*;/gm, (found) => ' '.repeat(found.length));
}

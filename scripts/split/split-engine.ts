import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { build, type Plugin } from 'vite';
import { RECORDED } from '../../src/worker/recorded.ts';
import { Coverage } from './coverage.ts';
import { type Parts, split } from './split.ts';
import { parse } from './syntax.ts';

const WORKER = source('engine.worker.ts');
const REST = source('rest-of-engine.ts');
const RECORDED_FRAME = source('recorded-frame.ts');
const EARLY = '\0engine:early';

/**
 * The clusters that come to life without the late part, and with them any that differs only in its dice: with four seeds
 * every second cluster called something else, with eight not one of sixty did. For another one the worker waits until it
 * is whole.
 */
const FIRST_CLUSTERS = [RECORDED, ...[2, 3, 4, 5, 6, 7, 8].map((seed) => ({ seed })), { seed: 9, workers: 10 }];

interface Engine extends Parts {
  /** The first frame of the first of the clusters, as JSON. */
  readonly frame: string;
}

/**
 * Splits the engine's worker in two without a trace in the sources: into what runs while a first cluster is made, found
 * by making it, and the rest, which src/worker/rest-of-engine.ts stands for and the worker loads meanwhile. The first
 * frame of the default cluster becomes src/worker/recorded-frame.ts, which the page loads beside its own code.
 */
export function splitEngine(): { forPage: Plugin; forWorker: Plugin } {
  let made: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => {
    made ??= bundleWorker().then(splitByUse);
    return made;
  };
  return {
    forPage: {
      name: 'recorded-frame',
      apply: 'build',
      async load(id) {
        if (id !== RECORDED_FRAME) return undefined;
        return { code: `export default JSON.parse(${JSON.stringify((await engine()).frame)});`, moduleType: 'js' };
      },
      transformIndexHtml: {
        order: 'post',
        handler: (html, { path, bundle = {} }) => {
          if (!SHOWING.includes(path)) return [];
          const chunk = Object.values(bundle).find(
            (file) => 'facadeModuleId' in file && file.facadeModuleId === RECORDED_FRAME,
          );
          if (chunk === undefined) return [];
          const script = preload(`./${chunk.fileName}`);
          const hash = createHash('sha256').update(script).digest('base64');
          return {
            // As the policy stands in the page: escaped.
            html: html.replace('script-src &#39;self&#39;', `$& &#39;sha256-${hash}&#39;`),
            tags: [{ tag: 'script', children: script, injectTo: 'head' }],
          };
        },
      },
    },
    forWorker: {
      name: 'split-engine',
      apply: 'build',
      enforce: 'pre',
      resolveId: (name) => (name === EARLY ? name : undefined),
      async load(id) {
        if (id === WORKER) return { code: `import ${JSON.stringify(EARLY)};`, moduleType: 'js' };
        if (id !== REST && id !== EARLY) return undefined;
        const { early, late } = await engine();
        return { code: id === EARLY ? early : late, moduleType: 'js' };
      },
    },
  };
}

/** The pages that show a cluster at once. */
const SHOWING = ['/index.html', '/embed.html'];

/** Has the frame loaded at once, unless the address asks for another cluster: any of these makes one. */
const preload = (href: string): string =>
  `if (!/[?&](seed|workers|profile|etcd)=/.test(location.search)) {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'modulepreload', crossOrigin: 'anonymous', href: ${JSON.stringify(href)} });
  document.head.append(link);
}`;

function source(name: string): string {
  return resolve(import.meta.dirname, '../../src/worker', name);
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
export function splitByUse(code: string): Engine {
  const coverage = new Coverage(code.length);
  const frames = FIRST_CLUSTERS.map((options) => {
    let first: string | undefined;
    const postMessage = (message: { type: string }): void => {
      if (message.type === 'frame') first ??= JSON.stringify(message);
    };
    const world = { self: { postMessage }, performance, setTimeout: () => 0 };
    const message = { type: 'create', options, speed: 'story', playing: true };
    const create = `self.onmessage({ data: ${JSON.stringify(message)} })`;
    coverage.measure(asScript(code), JSON.stringify(options), world, create);
    if (first === undefined) throw new Error(`the worker shows no cluster for ${JSON.stringify(options)}`);
    return first;
  });
  const body = parse(code);
  coverage.forgiveForIn(body);
  return { ...split(code, body, coverage.isDead, EARLY), frame: frames[0] as string };
}

/** A module without its imports and exports, of the same length; the rest of the engine never arrives. */
export function asScript(code: string): string {
  return code
    .replace(IMPORT_OF_REST, (found) => 'new Promise(()=>{})'.padEnd(found.length))
    .replace(/^(export|import) \{[^}]*\}.*;/gm, (found) => ' '.repeat(found.length));
}

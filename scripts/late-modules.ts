import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'vite';
import { parseSync } from 'vite';
import { LATE } from './late-list.ts';

const STUB = '\0late:';
const REST = resolve(import.meta.dirname, '../src/worker/rest-of-engine.ts');
const ENGINE = resolve(import.meta.dirname, '../src/engine');

/**
 * Splits the worker in two without a trace in the sources: whoever imports a module of `LATE` gets stand-ins for its
 * exports, and src/worker/rest-of-engine.ts, which the worker loads while it makes the first cluster, brings the modules
 * and puts them behind their stand-ins. A stand-in that is called before throws; the host then makes the cluster anew.
 */
export function lateModules(): Plugin {
  const late = new Set(LATE.map((name) => resolve(ENGINE, name)).filter(existsSync));
  return {
    name: 'late-modules',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      if (source.startsWith(STUB)) return source;
      if (importer === undefined || !source.startsWith('.') || importer.startsWith(STUB)) return undefined;
      const file = resolve(dirname(importer), source);
      if (!late.has(file) || importer === REST || late.has(importer)) return undefined;
      return STUB + file;
    },
    load(id) {
      if (id.startsWith(STUB)) return { code: standIns(id.slice(STUB.length)), moduleType: 'js' };
      if (id !== REST) return undefined;
      const imports = [...late].map(
        (file, i) =>
          `import * as m${i} from ${JSON.stringify(file)};\nimport { arrive as a${i} } from ${JSON.stringify(STUB + file)};\na${i}(m${i});\n`,
      );
      return { code: imports.join(''), moduleType: 'js' };
    },
  };
}

/** Functions forward to the module once it is there; other values are undefined until then. */
function standIns(file: string): string {
  const { functions, values } = exportsOf(file);
  return [
    'let late;',
    ...functions.map((name) => `export const ${name} = (...values) => late.${name}(...values);`),
    ...values.map((name) => `export let ${name};`),
    `export const arrive = (module) => { late = module; ${values.map((name) => `${name} = module.${name};`).join(' ')} };`,
  ].join('\n');
}

function exportsOf(file: string): { functions: string[]; values: string[] } {
  const functions: string[] = [];
  const values: string[] = [];
  for (const node of parseSync(file, readFileSync(file, 'utf8')).program.body) {
    if (node.type === 'ExportAllDeclaration' && node.exportKind !== 'type')
      throw new Error(`${file}: export * cannot be late`);
    if (node.type !== 'ExportNamedDeclaration' || node.exportKind === 'type') continue;
    for (const { exported, exportKind } of node.specifiers)
      if (exportKind !== 'type' && 'name' in exported) values.push(exported.name);
    const { declaration } = node;
    if (declaration?.type === 'FunctionDeclaration') functions.push(declaration.id?.name as string);
    if (declaration?.type === 'ClassDeclaration') values.push(declaration.id?.name as string);
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      const isFunction = init?.type === 'ArrowFunctionExpression';
      if (id.type === 'Identifier') (isFunction ? functions : values).push(id.name);
    }
  }
  return { functions, values };
}

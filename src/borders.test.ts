import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';

/** Which way imports may point, and what the engine may not know: see ARCHITECTURE.md. */

interface Import {
  /** What is written between the quotes. */
  specifier: string;
  /** Path below src/ without extension; undefined for a package. */
  target: string | undefined;
  isType: boolean;
}

interface SyntaxNode {
  type: string;
  [field: string]: unknown;
}

const COMPONENTS = [
  'etcd',
  'etcdctl',
  'apiserver',
  'scheduler',
  'kubelet',
  'runtime',
  'kube-proxy',
  'kubectl',
  'controllers',
  'kubeadm',
  'load-balancer',
  'machine',
  'cni',
  'kindnet',
  'coredns',
];

/** What several components share stands here. */
const NEUTRAL = ['cri', 'network'];

/** The wall clock, chance, and everything that answers later or outside the engine. */
const FORBIDDEN_NAMES = new Set([
  'Date',
  'Promise',
  'console',
  'fetch',
  'globalThis',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** Members that are a function of their arguments alone. */
const PURE_DATE_MEMBERS = new Set(['UTC', 'parse']);

const PAGE_PACKAGES = /^(react|react-dom|zustand|codemirror|@xyflow|@codemirror|@fontsource)/;

describe('imports', () => {
  it('point one way', () => {
    expect(sourceFiles().flatMap((file) => wrongArrows(file, readSource(file)))).toEqual([]);
  });

  it.each([
    ['ui/panels/terminal.tsx', "import { createCluster } from '../../engine';", 'types'],
    ['ui/panels/terminal.tsx', "export { createCluster } from '../../engine/index.ts';", 'types'],
    ['ui/store/mirror.ts', "const host = import('../../worker/host');", 'worker/host'],
    ['worker/host.ts', "import { view } from '../ui/store/view';", 'ui'],
    ['worker/host.ts', "import { etcd } from '../engine/etcd/step';", 'engine/index'],
    ['worker/host.ts', "import { createStore } from 'zustand';", 'zustand'],
    ['engine/kernel/queue.ts', "import { post } from '../../worker/protocol';", 'engine'],
    ['engine/kernel/queue.ts', "import { inflate } from 'fflate';", 'fflate'],
    ['engine/kubectl/step.ts', "import { load } from 'js-yaml';", 'js-yaml'],
    ['engine/kubelet/step.ts', "import { start } from '../runtime/step.ts';", 'components'],
    ['engine/kubelet/step.ts', "type Start = import('../runtime/state').Start;", 'components'],
    ['engine/kubelet/step.ts', "import '../components';", 'components'],
    ['engine/apiserver/step.ts', "import { txn } from '../etcd/messages';", 'components'],
    ['engine/client/informer.ts', "import type { Put } from '../etcd/state';", 'client'],
    ['engine/kernel/queue.ts', "import type { Pod } from '../api/object';", 'Kubernetes'],
    ['engine/network/addresses.ts', "import { step } from '../kube-proxy/step';", 'knows none'],
    ['engine/api/lists.ts', "import { informer } from '../client/informer';", 'api'],
  ])('a wrong arrow in %s is seen: %s', (file, source, reason) => {
    const found = wrongArrows(file, source);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(reason);
  });

  it.each([
    ['ui/panels/terminal.tsx', "import type { Frame } from '../../engine';"],
    ['ui/panels/terminal.tsx', "import { connect } from '../../worker/client';"],
    ['main.tsx', "import './ui/styles/base.css';"],
    ['worker/host.ts', "import { createCluster } from '../engine';"],
    ['engine/components.ts', "import { step } from './etcd/step';"],
    ['engine/apiserver/step.ts', "import type { Txn } from '../etcd/messages';"],
    ['engine/api/yaml.ts', "import { load } from 'js-yaml';"],
    ['engine/kubelet/sync-pod.ts', "import { produce } from 'immer'; import { key } from '../api/object';"],
    ['engine/controllers/job/reconcile.ts', "import { owned } from '../owners';"],
  ])('a right arrow in %s is let through: %s', (file, source) => {
    expect(wrongArrows(file, source)).toEqual([]);
  });
});

describe('the engine', () => {
  it('knows no clock, no dice and no promises', () => {
    const files = sourceFiles().filter((file) => file.startsWith('engine/') && !isForTests(file));
    const found = files.flatMap((file) => impureWords(file, readSource(file)).map((word) => `${file}: ${word}`));
    expect(found).toEqual([]);
  });

  it.each([
    'const now = Date.now();',
    'const today = new Date(0);',
    'const chance = Math.random();',
    'const { random } = Math;',
    'setTimeout(next, 0);',
    'setInterval(next, 0);',
    'let answer: Promise<void>;',
    'async function answer() {}',
    'const answer = async () => 1;',
    'async function read() { for await (const line of lines) {} }',
    "console.log('here');",
    "globalThis['setTimeout'](next, 0);",
  ])('would not get away with: %s', (source) => {
    expect(impureWords('engine/kernel/queue.ts', source).length).toBeGreaterThan(0);
  });

  it.each([
    "// Not Date.now(): a node's clock may be wrong.",
    "const help = 'a Promise to await, a Date, console';",
    'const at = Date.UTC(2026, 0, 1);',
    'const { Date: date } = pod.async.Promise; const labels = { console: 1 };',
    'const root = Math.sqrt(2);',
  ])('may say: %s', (source) => {
    expect(impureWords('engine/kernel/queue.ts', source)).toEqual([]);
  });
});

function sourceFiles(): string[] {
  const root = fileURLToPath(new URL('.', import.meta.url));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && path !== 'borders.test.ts')
    .sort();
}

function readSource(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

function isForTests(file: string): boolean {
  return /\.test\.tsx?$|\/test-[^/]*\.ts$/.test(file) || file.startsWith('engine/testing/');
}

function wrongArrows(file: string, source: string): string[] {
  // A test may look at both sides of a border: it is what checks that they agree.
  if (isForTests(file)) return [];
  return importsOf(file, source).flatMap((arrow) => {
    const reason = whyWrong(file, arrow);
    return reason === undefined ? [] : [`${file} imports ${arrow.specifier}: ${reason}`];
  });
}

function whyWrong(file: string, { specifier, target, isType }: Import): string | undefined {
  const [area = ''] = file.split('/');
  if (area === 'engine') return whyWrongInEngine(file, specifier, target, isType);
  if (area === 'worker') {
    if (target === undefined)
      return PAGE_PACKAGES.test(specifier) ? `${specifier} belongs to the page, not to the worker` : undefined;
    if (isIn(target, 'worker')) return undefined;
    if (!isIn(target, 'engine')) return 'the worker does not know ui';
    return isType || isDoor(target) ? undefined : 'the only door into the engine is engine/index';
  }
  // What is left is the page: ui/ and the entries beside it.
  if (target === undefined || isIn(target, 'ui')) return undefined;
  if (['worker/client', 'worker/protocol', 'worker/run-file'].includes(target)) return undefined;
  if (isIn(target, 'worker')) return `the page knows worker/client, worker/protocol and worker/run-file, not ${target}`;
  if (isIn(target, 'engine'))
    return isType ? undefined : 'the page may import only types from the engine (import type)';
  return 'the page may import ui, worker/client, worker/protocol and worker/run-file';
}

function whyWrongInEngine(
  file: string,
  specifier: string,
  target: string | undefined,
  isType: boolean,
): string | undefined {
  if (target === undefined) {
    if (specifier === 'immer' || (specifier === 'js-yaml' && file === 'engine/api/yaml.ts')) return undefined;
    return `the engine imports immer, js-yaml in api/yaml.ts, and no other package: not ${specifier}`;
  }
  if (!isIn(target, 'engine')) return 'the engine imports only itself';
  const [, from = ''] = file.split('/');
  const [, to = ''] = target.split('/');
  const isComponent = COMPONENTS.includes(from);
  // What a component says and hears is its public face: others may know the types of its messages, and nothing else.
  if (isComponent && isType && COMPONENTS.includes(to) && target.endsWith('/messages')) return undefined;
  if (isComponent && to !== from && (COMPONENTS.includes(to) || to === 'components' || isDoor(target)))
    return 'components do not import each other; they meet through messages';
  if (from === 'kernel' && to !== from) return 'kernel knows no Kubernetes';
  if (NEUTRAL.includes(from) && COMPONENTS.includes(to))
    return `${from} is shared by components; it knows none of them`;
  if (from === 'client' && COMPONENTS.includes(to)) return 'client is what components use; it knows none of them';
  if (from === 'api' && (to === 'client' || COMPONENTS.includes(to)))
    return 'api is objects and functions on them; it knows no client and no component';
  return undefined;
}

function isIn(target: string, area: string): boolean {
  return target === area || target.startsWith(`${area}/`);
}

function isDoor(target: string): boolean {
  return target === 'engine' || target === 'engine/index';
}

function importsOf(file: string, source: string): Import[] {
  const imports: Import[] = [];
  for (const node of syntax(file, source)) {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'ExportNamedDeclaration':
        // `import { type A }` still loads the module; only `import type` does not.
        if (isNode(node.source)) add(node.source, node.importKind === 'type' || node.exportKind === 'type');
        break;
      case 'ImportExpression':
        if (isNode(node.source)) add(node.source, false);
        break;
      case 'TSImportType':
        if (isNode(node.source)) add(node.source, true);
        break;
    }
  }
  return imports;

  function add(literal: SyntaxNode, isType: boolean): void {
    const specifier = String(literal.value);
    const target = specifier.startsWith('.')
      ? posix.join(posix.dirname(file), specifier).replace(/\.(tsx?|js)$/, '')
      : undefined;
    imports.push({ specifier, target, isType });
  }
}

function impureWords(file: string, source: string): string[] {
  const words: string[] = [];
  const ignored = new Set<unknown>();
  for (const node of syntax(file, source)) {
    const { object, property, key, computed } = node;
    if (node.type === 'MemberExpression' && isNode(property) && computed !== true) {
      ignored.add(property);
      if (isNode(object) && object.name === 'Date' && PURE_DATE_MEMBERS.has(String(property.name))) ignored.add(object);
      if (property.name === 'random' && isNode(object) && object.name === 'Math') words.push('Math.random');
    }
    if (node.type === 'VariableDeclarator' && isNode(node.init) && node.init.name === 'Math') words.push('Math');
    if (isNode(key) && computed !== true) ignored.add(key);
    if (node.type === 'Identifier' && !ignored.has(node) && FORBIDDEN_NAMES.has(String(node.name)))
      words.push(String(node.name));
    if (node.async === true) words.push('async');
    if (node.type === 'AwaitExpression' || node.await === true) words.push('await');
  }
  return words;
}

/** Every node of a file's syntax tree, parents before their children. */
function syntax(file: string, source: string): SyntaxNode[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const nodes: SyntaxNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isNode(value)) {
      nodes.push(value);
      Object.values(value).forEach(visit);
    }
  };
  visit(program);
  return nodes;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

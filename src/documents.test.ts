import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { embedOptions } from './ui/embed/options.ts';
import { SCENARIO_NAMES } from './ui/embed/scenario-names.ts';

/** What the documents name has to be there: files, folders, scripts of package.json, headings and pictures. */

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...documentsIn('docs')];
/** Where a path in backticks may begin; anything else in backticks is not a path of this repository. */
const FOLDERS = ['src/', 'docs/', 'scripts/', 'e2e/', 'public/', '.ci/', '.github/'];
/** Scripts that npm runs without `run`. */
const SHORT = new Set(['start', 'test']);

const scripts = Object.keys(
  (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts,
) as readonly string[];

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  it('names only files that exist', () => {
    expect(pathsIn(text).filter((path) => !exists(path))).toEqual([]);
  });

  it('names only scripts that exist', () => {
    expect(scriptsIn(text).filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('links only to what exists', () => {
    expect(linksIn(text).filter((link) => !leadsSomewhere(document, link))).toEqual([]);
  });
});

describe('README.md on embedding', () => {
  const text = read('README.md');

  it('names every scenario, and options that there are', () => {
    const row = /^\| `scenario` \| (.*?) \|/m.exec(text)?.[1] ?? '';
    expect(codeIn(row)).toEqual([...SCENARIO_NAMES]);
    const addresses = [...text.matchAll(/embed\.html\?([^"\s`]+)/g)].map((match) => match[1] ?? '');
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) expect(embedOptions(address).problems).toEqual([]);
  });

  it('names values that are read, and defaults that are so', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \|$/gm)];
    expect(rows.map(([, option]) => option)).toEqual(['scenario', 'seed', 'theme', 'autoplay', 'speed', 'caption']);
    for (const [, option = '', values = '', fallback = ''] of rows) {
      for (const value of codeIn(values)) expect(embedOptions(`${option}=${value}`).problems).toEqual([]);
      expect(embedOptions(`${option}=${codeIn(fallback)[0]}`)).toEqual(embedOptions(''));
    }
  });
});

describe('the readers of this test', () => {
  it('see paths between backticks, also inside a longer text', () => {
    expect(pathsIn('`src/ui/app/`: pages; `npx vitest run src/engine/etcd -u`, `ui/app`, src/none.ts')).toEqual([
      'src/ui/app/',
      'src/engine/etcd',
    ]);
  });

  it('see paths in fenced blocks and pictures of code', () => {
    expect(pathsIn('```\n │ src/ui    React │\n```\n')).toEqual(['src/ui']);
  });

  it('see scripts with and without `run`', () => {
    expect(scriptsIn('`npm start`, then `npm run test:unit -- src/engine` and `npm ci`')).toEqual([
      'start',
      'test:unit',
    ]);
  });

  it('see links and pictures, but none to other places', () => {
    const text =
      '[a](docs/a.md) ![b](b.png) <img src="c.png"> <source srcset="d.png"> [e](https://example.com) [f](#f)';
    expect(linksIn(text)).toEqual(['docs/a.md', 'b.png', '#f', 'c.png', 'd.png']);
  });

  it('see a heading that is not there', () => {
    expect(leadsSomewhere('CONTRIBUTING.md', '#transcripts')).toBe(true);
    expect(leadsSomewhere('CONTRIBUTING.md', '#transcript')).toBe(false);
    expect(leadsSomewhere('CONTRIBUTING.md', 'docs/none.md')).toBe(false);
  });
});

function documentsIn(folder: string): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.md'))
    .sort();
}

function read(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** A path that ends with a slash has to be a folder. */
function exists(path: string): boolean {
  if (!existsSync(ROOT + path)) return false;
  return !path.endsWith('/') || statSync(ROOT + path).isDirectory();
}

function codeIn(text: string): string[] {
  const fence = /^```[^\n]*\n([\s\S]*?)^```/gm;
  const fenced = [...text.matchAll(fence)].map((match) => match[1] ?? '');
  const inline = [...text.replaceAll(fence, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
  return [...fenced, ...inline];
}

function pathsIn(text: string): string[] {
  return codeIn(text).flatMap((code) =>
    code.split(/[\s,:;│]+/).filter((word) => FOLDERS.some((folder) => word.startsWith(folder)) && !/[*<{]/.test(word)),
  );
}

function scriptsIn(text: string): string[] {
  return codeIn(text).flatMap((code) =>
    [...code.matchAll(/\bnpm (run )?([\w:-]+)/g)].flatMap(([, run, name = '']) =>
      run !== undefined || SHORT.has(name) ? [name] : [],
    ),
  );
}

/** Links and pictures to this repository, in Markdown and in HTML. */
function linksIn(text: string): string[] {
  const markdown = [...text.matchAll(/\]\(([^)\s]+)\)/g)];
  const html = [...text.matchAll(/\b(?:src|srcset|href)="([^"\s]+)"/g)];
  return [...markdown, ...html].map((match) => match[1] ?? '').filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? document : posix.join(posix.dirname(document), path);
  if (!exists(target)) return false;
  return heading === undefined || headingsOf(read(target)).includes(heading);
}

/** Headings as GitHub makes anchors of them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}

import { addressOf, readFile } from './files.ts';
import { parseImageReference } from './image-reference.ts';
import type { Image } from './images.ts';
import { imageNamed, versionOf } from './images.ts';
import { serving } from './processes.ts';
import type { Program } from './programs.ts';
import type { Container, ContainerdState } from './state.ts';

export interface HttpRequest {
  readonly path: string;
  readonly method?: string;
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the answer depends on besides the request. */
export interface Serving {
  readonly image: Image;
  readonly tag: string;
  readonly program: Program;
  readonly hostname: string;
  readonly ip: string;
  readonly namespace: string;
  /** How long it has been serving. */
  readonly upMs: number;
  readonly readFile: (path: string) => string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** agnhost's `liveness` answers well for this long, then fails: the documented example. */
const AGNHOST_HEALTHY_MS = 10_000;

const NGINX_PAGE =
  '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\nworking. Further configuration is required.</p>\n</body>\n</html>\n';
const HTTPD_PAGE = '<html><body><h1>It works!</h1></body></html>\n';

/** One HTTP request to a container that listens. */
export function answerHttp(
  state: ContainerdState,
  row: Container,
  request: { readonly host: string; readonly path: string; readonly headers?: Readonly<Record<string, string>> },
  now: number,
): HttpAnswer {
  const found = serving(row);
  const sandbox = state.sandboxes.get(row.podSandboxId);
  if (!found || !sandbox) return { status: 503, body: '' };
  const parsed = parseImageReference(row.config.image);
  return httpAnswer(
    {
      image: imageNamed(row.config.image),
      tag: parsed.ok ? parsed.reference.tag : '',
      program: found.program,
      hostname: sandbox.config.hostname,
      ip: addressOf(state, sandbox),
      namespace: sandbox.config.namespace,
      upMs: now - found.since,
      readFile: (path) => readFile(state, row, path),
    },
    request,
  );
}

/** What a program of the catalogue answers to one HTTP request. */
function httpAnswer(serving: Serving, request: HttpRequest): HttpAnswer {
  const { image, program, hostname } = serving;
  const path = request.path.split('?')[0] as string;
  switch (program.http) {
    case 'files':
      return file(serving, path);
    case 'hello':
      return ok(`Hello, world!\nVersion: ${versionOf(image, serving.tag) || '1.0'}.0\nHostname: ${hostname}\n`);
    case 'node-hello':
      return ok('Hello Kubernetes!');
    case 'ok':
      return ok('OK!');
    case 'page':
      return ok(argument(program.argv, '-text') ?? `<html><head><title>${image.name}</title></head></html>\n`);
    case 'health':
      return ok('ok');
    case 'agnhost':
      return agnhost(serving, path);
    case 'echo':
      return echo(serving, request);
    default:
      return { status: 200, body: '' };
  }
}

function ok(body: string): HttpAnswer {
  return { status: 200, body };
}

function file({ image, program, readFile }: Serving, path: string): HttpAnswer {
  const root = program.docRoot || '/';
  const name = path.endsWith('/') ? `${path}index.html` : path;
  const found = readFile(root + name);
  if (found !== undefined) return ok(found);
  if (name === '/index.html' && program.docRoot !== '')
    return ok(image.name.includes('nginx') ? NGINX_PAGE : HTTPD_PAGE);
  return { status: 404, body: '<html>\n<head><title>404 Not Found</title></head>\n</html>\n' };
}

function agnhost({ program, hostname, upMs }: Serving, path: string): HttpAnswer {
  const mode = program.argv[1];
  if (mode === 'liveness' || program.argv[0]?.endsWith('server')) {
    const healthy = upMs < AGNHOST_HEALTHY_MS;
    if (path === '/healthz') return healthy ? ok('ok') : { status: 500, body: `error: ${upMs / 1000}` };
    return ok(String(Math.floor(upMs / 1000)));
  }
  if (mode === 'netexec') {
    if (path === '/hostname' || path === '/hostName') return ok(hostname);
    if (path === '/' || path === '/healthz') return ok('NOW: up');
    return { status: 404, body: '404 page not found\n' };
  }
  return ok(hostname);
}

function echo({ hostname, ip, namespace, program }: Serving, request: HttpRequest): HttpAnswer {
  const headers = Object.entries({ host: request.host, ...request.headers }).map(
    ([name, value]) => `\t${name}=${value}`,
  );
  return ok(
    `\n\nHostname: ${hostname}\n\nPod Information:\n\tpod name:\t${hostname}\n\tpod namespace:\t${namespace}\n\tpod IP:\t${ip}\n\nRequest Information:\n\tmethod=${request.method ?? 'GET'}\n\treal path=${request.path}\n\trequest_port=${program.ports[0] ?? 80}\n\nRequest Headers:\n${headers.join('\n')}\n\n`,
  );
}

function argument(argv: readonly string[], name: string): string | undefined {
  const attached = argv.find((arg) => arg.startsWith(`${name}=`) || arg.startsWith(`-${name}=`));
  return attached ? `${attached.slice(attached.indexOf('=') + 1)}\n` : undefined;
}

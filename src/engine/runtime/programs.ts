import type { HttpKind, Image } from './images.ts';
import { builtins } from './shell/builtins.ts';
import { isShell } from './shell/shells.ts';

/** What a process with these arguments does. */
export interface Program {
  /** `serve`: runs until it is stopped. `shell`: a script decides. `exit`: ends by itself after `afterMs`. */
  readonly kind: 'serve' | 'shell' | 'exit';
  /** Arguments with the image's defaults applied. */
  readonly argv: readonly string[];
  readonly ports: readonly number[];
  /** It listens on whatever port is asked: images that are not in the catalogue. */
  readonly anyPort: boolean;
  readonly http: HttpKind | undefined;
  readonly docRoot: string;
  readonly startMs: number;
  readonly onTerm: number | undefined;
  readonly memoryBytes: number;
  readonly cpuMillis: number;
  readonly logs: readonly string[];
  readonly component: string | undefined;
  readonly exitCode: number;
  readonly afterMs: number;
}

/**
 * The process that an image starts with this `command` and `args` (empty: the image's own). A string is the error of the
 * container runtime when there is no such program in the image.
 */
export function programOf(image: Image, command: readonly string[], args: readonly string[]): Program | string {
  const key = [image.name, ...command, '', ...args].join('\u0000');
  let program = programs.get(key);
  if (program === undefined) {
    const own = command.length === 0;
    const argv = own ? [...image.entrypoint, ...(args.length > 0 ? args : image.cmd)] : [...command, ...args];
    program = resolve(image, argv) ?? notFound(argv[0] ?? '');
    // Replicas run the same: one object for all of them.
    if (programs.size >= PROGRAMS_MAX) programs.clear();
    programs.set(key, program);
  }
  return program;
}

const programs = new Map<string, Program | string>();
const PROGRAMS_MAX = 500;

/** Like `programOf` for arguments that a script runs; undefined when the image has no program of its own by that name. */
export function imageProgram(image: Image, argv: readonly string[]): Program | undefined {
  const name = baseName(argv[0] ?? '');
  return isOwn(image, name) || SERVERS.has(name) || name === 'stress' ? resolve(image, argv) : undefined;
}

/** Text of runc when a program does not exist. Source: opencontainers/runc libcontainer/init_linux.go. */
export function notFound(program: string): string {
  const why = program.includes('/')
    ? `stat ${program}: no such file or directory`
    : 'executable file not found in $PATH';
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "${program}": ${why}`;
}

function resolve(image: Image, argv: readonly string[]): Program | undefined {
  const name = baseName(argv[0] ?? '');
  if (argv.length === 0) return image.known ? undefined : main(image, argv);
  // An entry point script runs what it is given, or the image's program with these options.
  if (/entrypoint/.test(name) && isOwn(image, name)) {
    const rest = argv.slice(1);
    const inner = rest.length > 0 && !(rest[0] as string).startsWith('-') ? resolve(image, rest) : undefined;
    return inner ?? main(image, argv);
  }
  const special = SPECIAL[name]?.(image, argv);
  if (special) return special;
  // A shell without script and terminal reads end-of-file and ends.
  if (isShell(name) && (image.hasShell || !image.known))
    return argv.length === 1 ? exits(image, argv, 0, 10) : shell(image, argv);
  if (isOwn(image, name)) return main(image, argv);
  if (image.hasShell && Object.hasOwn(builtins, name)) return shell(image, argv);
  return image.known ? undefined : main(image, argv);
}

function isOwn(image: Image, name: string): boolean {
  return (
    image.programs.includes(name) ||
    (image.entrypoint.length > 0 && baseName(image.entrypoint[0] as string) === name) ||
    (image.cmd.length > 0 && baseName(image.cmd[0] as string) === name && !isShell(name))
  );
}

function main(image: Image, argv: readonly string[]): Program {
  return {
    kind: 'serve',
    argv,
    ports: image.ports,
    anyPort: !image.known,
    http: image.known ? image.http : 'ok',
    docRoot: image.docRoot,
    startMs: image.startMs,
    onTerm: image.onTerm,
    memoryBytes: image.memoryBytes,
    cpuMillis: image.cpuMillis,
    logs: image.logs,
    component: image.component,
    exitCode: 0,
    afterMs: 0,
  };
}

function shell(image: Image, argv: readonly string[]): Program {
  const base = main(image, argv);
  const memoryBytes = 1_048_576;
  return {
    ...base,
    kind: 'shell',
    ports: [],
    anyPort: false,
    http: undefined,
    startMs: 0,
    memoryBytes,
    logs: [],
    component: undefined,
  };
}

function exits(
  image: Image,
  argv: readonly string[],
  exitCode: number,
  afterMs: number,
  logs: readonly string[] = [],
): Program {
  return {
    ...main(image, argv),
    kind: 'exit',
    ports: [],
    anyPort: false,
    component: undefined,
    exitCode,
    afterMs,
    logs,
  };
}

function serves(image: Image, argv: readonly string[], ports: readonly number[], http: HttpKind | undefined): Program {
  return { ...main(image, argv), ports, anyPort: false, http, component: undefined, logs: [] };
}

/** Programs whose arguments change what they do. */
const SPECIAL: Readonly<Record<string, (image: Image, argv: readonly string[]) => Program | undefined>> = {
  agnhost,
  stress,
  perl,
  python: python,
  python3: python,
  'http-echo': (image, argv) => {
    const port = Number(/:(\d+)$/.exec(option(argv, '-listen') ?? '')?.[1] ?? 5678);
    return { ...main(image, argv), ports: [port] };
  },
  httpd: (image, argv) => {
    // BusyBox's small web server; the Apache image has a program of the same name.
    if (image.docRoot !== '') return undefined;
    return serves(image, argv, [Number(option(argv, '-p') ?? 80)], 'files');
  },
  nc: (image, argv) => {
    const at = argv.findIndex((arg) => /^-\w*l/.test(arg));
    if (at < 0) return undefined;
    return serves(image, argv, [Number(argv.findLast((arg) => /^\d+$/.test(arg)) ?? 0)], undefined);
  },
};
const SERVERS = new Set(['httpd', 'nc']);

function agnhost(image: Image, argv: readonly string[]): Program | undefined {
  if (!isOwn(image, 'agnhost')) return undefined;
  const port = (fallback: number, name = '--http-port'): number[] => [Number(option(argv, name) ?? fallback)];
  switch (argv[1]) {
    case 'liveness':
      return serves(image, argv, [8080], 'agnhost');
    case 'netexec':
      return serves(image, argv, [...port(8080), ...port(8081, '--udp-port')], 'agnhost');
    case 'serve-hostname':
      return serves(image, argv, port(9376, '--port'), 'agnhost');
    case 'test-webserver':
    case 'guestbook':
      return serves(
        image,
        argv,
        port(argv[1] === 'guestbook' ? 3000 : 80, argv[1] === 'guestbook' ? '--http-port' : '--port'),
        'page',
      );
    default:
      return serves(image, argv, [], undefined);
  }
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function stress(image: Image, argv: readonly string[]): Program | undefined {
  if (!isOwn(image, 'stress')) return undefined;
  const size = /^(\d+)([kmg]?)/i.exec(option(argv, '--vm-bytes') ?? option(argv, '-mem-total') ?? '');
  const workers = Number(option(argv, '--vm') ?? 1);
  const cpus = Number(option(argv, '-cpus') ?? option(argv, '--cpu') ?? 0);
  const bytes = size ? Number(size[1]) * (UNITS[(size[2] ?? '').toLowerCase()] ?? 1) * workers : 0;
  const base = serves(image, argv, [], undefined);
  return {
    ...base,
    memoryBytes: base.memoryBytes + bytes,
    cpuMillis: Math.max(base.cpuMillis, cpus * 1000),
    onTerm: undefined,
    logs: size ? [`stress: info: [1] dispatching hogs: 0 cpu, 0 io, ${workers} vm, 0 hdd`] : image.logs,
  };
}

const PI_MS = 6_000;

function perl(image: Image, argv: readonly string[]): Program {
  const digits = Number(/bpi\((\d+)\)/.exec(argv.join(' '))?.[1] ?? 0);
  if (digits > 0) return exits(image, argv, 0, PI_MS, [pi(Math.min(digits, 5000))]);
  return exits(image, argv, 0, 100);
}

function python(image: Image, argv: readonly string[]): Program {
  const server = argv.indexOf('http.server');
  if (server > 0) return serves(image, argv, [Number(argv[server + 1] ?? 8000) || 8000], 'files');
  if (argv.length === 1) return exits(image, argv, 0, 50);
  const printed = argv[1] === '-c' ? /^print\((['"])(.*)\1\)$/.exec(argv[2] ?? '')?.[2] : undefined;
  if (printed !== undefined) return exits(image, argv, 0, 50, [printed]);
  return serves(image, argv, [], undefined);
}

function option(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  if (at >= 0) return argv[at + 1];
  return argv.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The number pi with that many digits, by Machin's formula in whole numbers. */
function pi(digits: number): string {
  const unity = 10n ** BigInt(digits + 10);
  const arccot = (x: bigint): bigint => {
    let sum = unity / x;
    let term = sum;
    for (let n = 3n, sign = -1n; term !== 0n; n += 2n, sign = -sign) {
      term /= x * x;
      sum += (sign * term) / n;
    }
    return sum;
  };
  const text = String((4n * (4n * arccot(5n) - arccot(239n))) / 10n ** 10n);
  return `${text[0]}.${text.slice(1, digits)}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

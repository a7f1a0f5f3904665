import { formatDate } from './date.ts';
import { evaluate } from './expand.ts';
import type { ShellWait } from './state.ts';
import { runTest } from './test-command.ts';
import { grep, head, operands, print, readOr, seq, tail, wc } from './text-tools.ts';
import type { Builtin, Io } from './world.ts';

/** The commands that every shell image has. */
export const builtins: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  echo,
  printf,
  sleep,
  test: (argv, io) => runTest(argv.slice(1), io),
  '[': (argv, io) => bracket(argv, io, ']'),
  '[[': (argv, io) => bracket(argv, io, ']]'),
  cat,
  ls,
  rm: (argv, io) => {
    const force = argv.some((arg) => /^-\w*f/.test(arg));
    return each(argv, (path) => {
      if (io.world.remove(io.path(path)) || force) return 0;
      io.err(`rm: can't remove '${path}': No such file or directory`);
      return 1;
    });
  },
  touch: (argv, io) => each(argv, (path) => writeOr(io, 'touch', path, '', true)),
  mkdir: (argv, io) => each(argv, (path) => makeDirectory(path, io)),
  cp: (argv, io) => copy(argv, io, false),
  mv: (argv, io) => copy(argv, io, true),
  env: (_argv, io) => print(io, io.env()),
  printenv: (argv, io) => {
    const all = io.env();
    if (argv.length === 1) return print(io, all);
    const found = argv.slice(1).flatMap((name) => all.filter((entry) => entry.startsWith(`${name}=`)));
    print(
      io,
      found.map((entry) => entry.slice(entry.indexOf('=') + 1)),
    );
    return found.length === argv.length - 1 ? 0 : 1;
  },
  hostname: (_argv, io) => print(io, [io.world.hostname]),
  date: (argv, io) => print(io, [formatDate(io.world.wallNow, argv.find((arg) => arg.startsWith('+'))?.slice(1))]),
  wc,
  seq,
  head,
  tail,
  grep,
  tee: (argv, io) => {
    io.out(io.input());
    const append = argv.includes('-a');
    return each(argv, (path) => writeOr(io, 'tee', path, io.input(), append));
  },
  read: (argv, io) => {
    const names = argv.slice(1).filter((arg) => !arg.startsWith('-'));
    const text = io.input();
    if (text === '') return 1;
    const newline = text.indexOf('\n');
    io.setInput(newline < 0 ? '' : text.slice(newline + 1));
    const words = (newline < 0 ? text : text.slice(0, newline)).trim().split(/\s+/);
    for (const [i, name] of names.entries())
      io.set(name, i === names.length - 1 ? words.slice(i).join(' ') : (words[i] ?? ''));
    return 0;
  },
  let: (argv, io) =>
    argv
      .slice(1)
      .map((text) => evaluate(text, io))
      .at(-1) === 0
      ? 1
      : 0,
  expr: (argv, io) => print(io, [String(evaluate(argv.slice(1).join(' '), io) ?? '')]),
  basename: (argv, io) => print(io, [(argv[1] ?? '').replace(/\/+$/, '').replace(/.*\//, '')]),
  dirname: (argv, io) => print(io, [/^(.*)\/[^/]*$/.exec(argv[1] ?? '')?.[1] ?? '.']),
  pwd: (_argv, io) => print(io, [io.cwd]),
  id: (_argv, io) => print(io, ['uid=0(root) gid=0(root) groups=0(root)']),
  whoami: (_argv, io) => print(io, ['root']),
  uname: (argv, io) =>
    print(io, [argv.includes('-a') ? `Linux ${io.world.hostname} 6.8.0-52-generic x86_64 GNU/Linux` : 'Linux']),
  nslookup,
  getent: (argv, io) => lookup(argv[2] ?? '', io, (addresses) => addresses.map((ip) => `${ip}  ${argv[2]}`), 2),
  ping: (argv, io) => lookup(argv.at(-1) ?? '', io, (ips) => [`PING ${argv.at(-1)} (${ips[0]}): 56 data bytes`], 1),
  wget,
  curl,
  kill: () => 0,
  chmod: () => 0,
  chown: () => 0,
  sync: () => 0,
  stty: () => 0,
  ulimit: () => 0,
  ps: (_argv, io) => print(io, ['PID   USER     TIME  COMMAND', '    1 root      0:00 sh']),
  which: (argv, io) => print(io, [`/bin/${argv[1] ?? ''}`]),
};

function each(argv: readonly string[], run: (path: string) => number): number {
  let status = 0;
  for (const arg of argv.slice(1)) if (!arg.startsWith('-')) status = run(arg) || status;
  return status;
}

function makeDirectory(path: string, io: Io): number {
  io.world.makeDirectory(io.path(path));
  return 0;
}

function echo(argv: readonly string[], io: Io): number {
  let at = 1;
  let newline = true;
  let escapes = false;
  while (/^-[neE]+$/.test(argv[at] ?? '')) {
    if (argv[at]?.includes('n')) newline = false;
    if (argv[at]?.includes('e')) escapes = true;
    at++;
  }
  const text = argv.slice(at).join(' ');
  io.out((escapes ? withEscapes(text) : text) + (newline ? '\n' : ''));
  return 0;
}

function withEscapes(text: string): string {
  return text.replaceAll(/\\([ntr\\0])/g, (_all, c: string) => ({ n: '\n', t: '\t', r: '\r', '0': '' })[c] ?? '\\');
}

function printf(argv: readonly string[], io: Io): number {
  const values = argv.slice(2);
  const format = argv[1] ?? '';
  let at = 0;
  do {
    io.out(
      withEscapes(format).replaceAll(
        /%(%|(-?)(0?)(\d*)[sdi])/g,
        (all, kind: string, left: string, zero: string, width: string) => {
          if (kind === '%') return '%';
          const value = values[at++] ?? (all.endsWith('s') ? '' : '0');
          const size = Number(width || 0);
          return left ? value.padEnd(size) : value.padStart(size, zero ? '0' : ' ');
        },
      ),
    );
  } while (at > 0 && at < values.length);
  return 0;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function sleep(argv: readonly string[], io: Io): number | ShellWait {
  if (io.resumed) return 0;
  if (argv.length < 2) {
    io.err('sleep: missing operand');
    return 1;
  }
  let ms = 0;
  for (const arg of argv.slice(1)) {
    if (arg === 'infinity' || arg === 'inf') return { for: 'signal' };
    const match = /^(\d+(?:\.\d+)?|\.\d+)([smhd]?)$/.exec(arg);
    if (!match) {
      io.err(`sleep: invalid number '${arg}'`);
      return 1;
    }
    ms += Number(match[1]) * (UNITS[match[2] || 's'] as number);
  }
  return { for: 'time', until: io.world.now + Math.round(ms) };
}

function bracket(argv: readonly string[], io: Io, close: string): number {
  if (argv.at(-1) !== close) {
    io.err(`sh: ${argv[0]}: missing ${close}`);
    return 2;
  }
  return runTest(argv.slice(1, -1), io);
}

function writeOr(io: Io, command: string, path: string, text: string, append: boolean): number {
  if (io.world.writeFile(io.path(path), text, append)) return 0;
  io.err(`${command}: ${path}: No such file or directory`);
  return 1;
}

function cat(argv: readonly string[], io: Io): number {
  const paths = operands(argv);
  let status = 0;
  for (const path of paths.length > 0 ? paths : ['-']) {
    const text = readOr(io, 'cat', path);
    if (text === undefined) status = 1;
    else io.out(text);
  }
  return status;
}

function ls(argv: readonly string[], io: Io): number {
  const paths = operands(argv);
  let status = 0;
  for (const path of paths.length > 0 ? paths : [io.cwd]) {
    const names = io.world.list(io.path(path));
    if (names) print(io, [...names].sort());
    else if (io.world.readFile(io.path(path)) !== undefined) print(io, [path]);
    else {
      io.err(`ls: ${path}: No such file or directory`);
      status = 1;
    }
  }
  return status;
}

function copy(argv: readonly string[], io: Io, move: boolean): number {
  const paths = operands(argv);
  const to = paths.pop() ?? '';
  let status = 0;
  for (const from of paths) {
    const text = readOr(io, move ? 'mv' : 'cp', from);
    if (text === undefined) {
      status = 1;
      continue;
    }
    const into = io.world.list(io.path(to)) ? `${to}/${from.replace(/.*\//, '')}` : to;
    status = writeOr(io, move ? 'mv' : 'cp', into, text, false) || status;
    if (move) io.world.remove(io.path(from));
  }
  return status;
}

function lookup(
  name: string,
  io: Io,
  show: (addresses: readonly string[]) => string[],
  failed: number,
): number | ShellWait {
  if (io.answer?.for !== 'lookup') return { for: 'lookup', name };
  if (io.answer.addresses.length === 0) return failed;
  return print(io, show(io.answer.addresses));
}

function nslookup(argv: readonly string[], io: Io): number | ShellWait {
  const [name = ''] = operands(argv);
  if (io.answer?.for !== 'lookup') return { for: 'lookup', name };
  const { addresses, name: full = name, isLost } = io.answer;
  if (isLost) {
    print(io, [';; connection timed out; no servers could be reached', '']);
    return 1;
  }
  print(io, ['Server:\t\t10.96.0.10', 'Address:\t10.96.0.10:53', '']);
  if (addresses.length === 0) {
    print(io, [`** server can't find ${name}: NXDOMAIN`, '']);
    return 1;
  }
  return print(io, [...addresses.flatMap((ip) => [`Name:\t${full}`, `Address: ${ip}`]), '']);
}

function wget(argv: readonly string[], io: Io): number | ShellWait {
  const out = argv.findIndex((arg) => /^-\w*O$/.test(arg));
  const attached = argv.find((arg) => /^-\w*O./.test(arg));
  const target = out > 0 ? argv[out + 1] : attached?.replace(/^-\w*O/, '');
  const valued = argv.map((arg, i) => (/^-[TtPUY]$|^--(timeout|tries)$/.test(arg) ? i + 1 : -1));
  const url = urlOf(argv, [...valued, out > 0 ? out + 1 : -1]);
  if (io.answer?.for !== 'http') return { for: 'http', url };
  const { status, body } = io.answer;
  const quiet = argv.some((arg) => /^-\w*q/.test(arg));
  if (status === undefined || status >= 400) {
    io.err(status === undefined ? `wget: ${body}` : `wget: server returned error: HTTP/1.1 ${status}`);
    return 1;
  }
  if (!quiet) io.err(`Connecting to ${url.replace(/^\w+:\/\//, '').replace(/\/.*/, '')}`);
  if (target === '-') io.out(body);
  else return writeOr(io, 'wget', target ?? fileNameOf(url), body, false);
  return 0;
}

function curl(argv: readonly string[], io: Io): number | ShellWait {
  const takesValue = argv.map((arg, i) => (/^-(o|m|H|X|d|w|-max-time|-connect-timeout)$/.test(arg) ? i + 1 : -1));
  const url = urlOf(argv, takesValue);
  if (io.answer?.for !== 'http') return { for: 'http', url };
  const { status, body } = io.answer;
  const flags = argv.filter((arg) => /^-\w/.test(arg)).join('');
  if (status === undefined) {
    const [code, why] = curlError(url, body);
    if (!flags.includes('s') || flags.includes('S')) io.err(`curl: (${code}) ${why}`);
    return code;
  }
  if (flags.includes('f') && status >= 400) {
    if (!flags.includes('s')) io.err(`curl: (22) The requested URL returned error: ${status}`);
    return 22;
  }
  const to = argv[argv.indexOf('-o') + 1];
  if (argv.includes('-o') && to) return to === '/dev/null' ? 0 : writeOr(io, 'curl', to, body, false);
  io.out(body);
  return 0;
}

function curlError(url: string, why: string): [number, string] {
  const [, host = '', port = '80'] = /^\w+:\/\/([^/:]+)(?::(\d+))?/.exec(url) ?? [];
  if (why.startsWith('bad address')) return [6, `Could not resolve host: ${host}`];
  if (why === 'download timed out')
    return [28, `Failed to connect to ${host} port ${port} after 10000 ms: Timeout was reached`];
  return [7, `Failed to connect to ${host} port ${port} after 0 ms: Could not connect to server`];
}

function urlOf(argv: readonly string[], skip: readonly number[]): string {
  const url = argv.find((arg, i) => i > 0 && !arg.startsWith('-') && !skip.includes(i)) ?? '';
  return url.includes('://') ? url : `http://${url}`;
}

function fileNameOf(url: string): string {
  return /\/([^/]+)$/.exec(url.replace(/^\w+:\/\/[^/]+/, ''))?.[1] ?? 'index.html';
}

import type { Machine } from './machine.ts';
import type { ShellWait } from './state.ts';

/** The commands that change the shell itself; undefined for a name that is none of them. */
export function runSpecial(m: Machine, name: string, args: readonly string[]): number | ShellWait | undefined {
  const s = m.s;
  switch (name) {
    case 'exit':
      m.exit(args[0] === undefined ? s.status : Number(args[0]) & 255);
      return s.status;
    case 'exit-status':
      return Number(args[0]);
    case 'return': {
      const code = args[0] === undefined ? s.status : Number(args[0]);
      while (s.frames.length > 1 && m.frame?.kind !== 'function') m.popFrame();
      m.popFrame();
      return code;
    }
    case 'eval':
      m.pushFrame({ source: args.join(' '), pc: 0, args: [], kind: 'eval' });
      return 0;
    case 'trap':
      for (const signal of args.slice(1)) {
        const key = signal.replace(/^SIG/, '').replace(/^15$/, 'TERM').replace(/^2$/, 'INT').replace(/^0$/, 'EXIT');
        s.traps = { ...s.traps, [key]: args[0] as string };
      }
      return 0;
    case 'set':
      for (const arg of args) setOption(m, arg);
      return 0;
    case 'shift': {
      const { frame } = m;
      if (frame) m.replaceFrame({ ...frame, args: frame.args.slice(Number(args[0] ?? 1)) });
      return 0;
    }
    case 'export':
    case 'readonly':
    case 'local':
      for (const arg of args) {
        const equals = arg.indexOf('=');
        const key = equals < 0 ? arg : arg.slice(0, equals);
        if (equals >= 0) m.vars[key] = arg.slice(equals + 1);
        if (name === 'export' && !s.exported.includes(key)) s.exported = [...s.exported, key];
      }
      return 0;
    case 'unset':
      for (const arg of args) delete m.vars[arg];
      return 0;
    case 'cd':
      s.cwd = m.streams.absolute(args[0] ?? '/root');
      return 0;
    case 'wait': {
      const until = Math.max(0, ...s.jobs);
      if (until > m.world.now) return { for: 'time', until };
      s.jobs = [];
      return 0;
    }
    default:
      return undefined;
  }
}

function setOption(m: Machine, arg: string): void {
  if (!/^[-+][a-z]+$/i.test(arg)) return;
  const on = arg.startsWith('-');
  if (arg.includes('e')) m.s.errexit = on;
  if (arg.includes('x')) m.s.xtrace = on;
}

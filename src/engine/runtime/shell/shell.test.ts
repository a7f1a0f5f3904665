import { describe, expect, it } from 'vitest';
import { runShell } from './run.ts';
import { endForeground, isLastCommand, type ShellState, signalShell, startShell } from './state.ts';
import type { Answer, ShellWorld } from './world.ts';

/** A container with a few files in memory; time moves to wherever the script waits. */
class Box {
  now = 0;
  readonly files = new Map<string, string>();
  readonly directories = new Set(['/', '/tmp', '/data', '/usr', '/work-dir']);
  readonly lines: string[] = [];
  lookup: (name: string) => string[] = () => [];
  state: ShellState;

  constructor(argv: string[], env: Record<string, string> = {}) {
    this.state = startShell(argv, env);
  }

  private world(): ShellWorld {
    return {
      now: this.now,
      wallNow: this.now,
      hostname: 'web-0',
      readFile: (path) => this.files.get(path),
      writeFile: (path, text, append) => {
        if (!this.directories.has(path.slice(0, path.lastIndexOf('/')) || '/')) return false;
        this.files.set(path, (append ? (this.files.get(path) ?? '') : '') + text);
        return true;
      },
      remove: (path) => this.files.delete(path),
      list: (path) =>
        this.directories.has(path)
          ? [...this.files.keys()]
              .filter((f) => f.startsWith(path === '/' ? path : `${path}/`))
              .map((f) => f.split('/').at(-1) as string)
          : undefined,
      makeDirectory: (path) => this.directories.add(path),
      program: (argv) => (argv[0] === 'nginx' ? { lines: [], afterMs: 0 } : undefined),
    };
  }

  /** Runs until it ends or waits for something that time does not bring; at most until `untilMs`. */
  run(untilMs = 1e12): { code?: number; wait: string } {
    let answer: Answer | undefined;
    for (;;) {
      // Every slice through JSON: a script stopped anywhere must go on from its snapshot.
      const before = JSON.parse(JSON.stringify(this.state)) as ShellState;
      const result = runShell(before, this.world(), answer);
      answer = undefined;
      this.state = result.state;
      this.lines.push(...result.lines);
      const { wait } = result;
      if (wait.for === 'exit') return { code: wait.code, wait: 'exit' };
      if (wait.for === 'signal' || wait.for === 'http') return { wait: wait.for };
      if (wait.for === 'lookup') answer = { for: 'lookup', addresses: this.lookup(wait.name) };
      else {
        if (wait.until > untilMs) return { wait: 'time' };
        this.now = wait.until;
      }
    }
  }
}

function output(script: string, env: Record<string, string> = {}): string[] {
  const box = new Box(['sh', '-c', script], env);
  box.run();
  return box.lines;
}

function status(script: string): number | undefined {
  return new Box(['/bin/sh', '-c', script]).run().code;
}

describe('documented scripts', () => {
  it('exec-liveness: the file exists for thirty seconds', () => {
    const box = new Box(['/bin/sh', '-c', 'touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600']);
    box.run(29_999);
    expect(box.files.has('/tmp/healthy')).toBe(true);
    box.run(30_000);
    expect(box.files.has('/tmp/healthy')).toBe(false);
    expect(box.run()).toEqual({ code: 0, wait: 'exit' });
    expect(box.now).toBe(630_000);
  });

  it('init container: waits for a name', () => {
    const box = new Box([
      'sh',
      '-c',
      'until nslookup myservice.ns.svc.cluster.local; do echo waiting for myservice; sleep 2; done',
    ]);
    box.lookup = () => (box.now >= 5000 ? ['10.96.20.5'] : []);
    expect(box.run().code).toBe(0);
    expect(box.now).toBe(6000);
    expect(box.lines.filter((line) => line === 'waiting for myservice')).toHaveLength(3);
    expect(box.lines).toContain('Address: 10.96.20.5');
  });

  it('counter: one line each second', () => {
    const box = new Box(['/bin/sh', '-c', 'i=0; while true; do echo "$i: $(date)"; i=$((i+1)); sleep 1; done']);
    expect(box.run(2500)).toEqual({ wait: 'time' });
    expect(box.lines).toEqual([
      '0: Thu Jan  1 00:00:00 UTC 2026',
      '1: Thu Jan  1 00:00:01 UTC 2026',
      '2: Thu Jan  1 00:00:02 UTC 2026',
    ]);
  });

  it('counter with two files', () => {
    const box = new Box([
      '/bin/sh',
      '-c',
      `
      i=0;
      while true;
      do
        echo "$i: $(date)" >> /data/1.log;
        echo "$(date) INFO $i" >> /data/2.log;
        i=$((i+1));
        sleep 1;
      done
    `,
    ]);
    box.run(1500);
    expect(box.files.get('/data/2.log')).toBe(
      'Thu Jan  1 00:00:00 UTC 2026 INFO 0\nThu Jan  1 00:00:01 UTC 2026 INFO 1\n',
    );
  });

  it('job: a countdown in bash', () => {
    expect(output('for i in 9 8 7 6 5 4 3 2 1 ; do echo $i ; done')).toEqual('987654321'.split(''));
  });

  it('environment: prints variables for ever', () => {
    const script = `while true; do
          echo -en '\\n';
          printenv MY_NODE_NAME MY_POD_NAME;
          sleep 10;
        done;`;
    const box = new Box(['sh', '-c', script], { MY_NODE_NAME: 'kind-worker' });
    box.run(5000);
    expect(box.lines).toEqual(['', 'kind-worker']);
  });

  it('environment: several variables at once, and all of them', () => {
    const env = { SPECIAL_LEVEL_KEY: 'very', SPECIAL_TYPE_KEY: 'charm' };
    const box = new Box(['printenv', 'SPECIAL_LEVEL_KEY', 'SPECIAL_TYPE_KEY'], env);
    expect(box.run().code).toBe(0);
    expect(box.lines).toEqual(['very', 'charm']);
    expect(output('env | grep SPECIAL', env)).toEqual(['SPECIAL_LEVEL_KEY=very', 'SPECIAL_TYPE_KEY=charm']);
  });

  it('sidecar: follows the log that another container writes', () => {
    const box = new Box(['/bin/sh', '-c', 'tail -n+1 -F /data/1.log']);
    box.run(500);
    box.files.set('/data/1.log', 'one\ntwo\n');
    box.run(2500);
    box.files.set('/data/1.log', 'one\ntwo\nthree\n');
    expect(box.run(5000)).toEqual({ wait: 'time' });
    expect(box.lines).toEqual(['one', 'two', 'three']);
  });

  it('termination message: written after a while', () => {
    const box = new Box(['/bin/sh', '-c', 'sleep 10 && echo Sleep expired > /tmp/termination-log']);
    expect(box.run().code).toBe(0);
    expect(box.files.get('/tmp/termination-log')).toBe('Sleep expired\n');
  });

  it('downward API: prints a file whenever it is there', () => {
    const script = `while true; do
          if [[ -e /data/labels ]]; then
            echo -en '\\n\\n'; cat /data/labels; fi;
          sleep 5;
        done;`;
    const box = new Box(['sh', '-c', script]);
    box.files.set('/data/labels', 'zone="us"\n');
    box.run(4000);
    expect(box.lines).toEqual(['', '', 'zone="us"']);
  });

  it('dependent variables: printf without a format of its own', () => {
    const script = "printf UNCHANGED=$A'\\n'; printf SERVICE_ADDRESS=$B'\\n'";
    expect(output(script, { A: '$(X)', B: 'https://172.17.0.1:80' })).toEqual([
      'UNCHANGED=$(X)',
      'SERVICE_ADDRESS=https://172.17.0.1:80',
    ]);
  });

  it('pod failure policy: says so and exits 42', () => {
    const script = 'echo "Hello world!" && sleep 5 && exit 42';
    const box = new Box(['bash', '-c', script]);
    expect(box.run()).toEqual({ code: 42, wait: 'exit' });
    expect(box.now).toBe(5000);
  });

  it('replicated database: takes its ordinal from the host name', () => {
    const script = `set -ex
      [[ $HOSTNAME =~ -([0-9]+)$ ]] || exit 1
      ordinal=\${BASH_REMATCH[1]}
      echo [mysqld] > /data/server-id.cnf
      echo server-id=$((100 + $ordinal)) >> /data/server-id.cnf
      if [[ $ordinal -eq 0 ]]; then
        echo primary
      else
        echo replica
      fi`;
    const box = new Box(['bash', '-c', script]);
    expect(box.run().code).toBe(0);
    expect(box.files.get('/data/server-id.cnf')).toBe('[mysqld]\nserver-id=100\n');
    expect(box.lines).toContain('primary');
    expect(box.lines).toContain('+ echo primary');
  });

  it('termination message and trap', () => {
    const box = new Box(['sh', '-c', "trap 'echo bye; exit 3' TERM; while true; do sleep 1; done"]);
    box.run(500);
    box.state = signalShell(box.state, 'TERM');
    // The trap runs when the sleep in the foreground is over.
    expect(box.run(999)).toEqual({ wait: 'time' });
    expect(box.run()).toEqual({ code: 3, wait: 'exit' });
    expect(box.lines).toEqual(['bye']);
  });

  it('a script without a trap ignores SIGTERM', () => {
    const box = new Box(['sh', '-c', 'sleep 3600']);
    box.run(0);
    expect(signalShell(box.state, 'TERM')).toBe(box.state);
  });

  it('a program of the image at the end of a script', () => {
    const box = new Box(['sh', '-c', "echo hi > /usr/index.html && nginx -g 'daemon off;'"]);
    expect(box.run()).toEqual({ wait: 'signal' });
    expect(isLastCommand(box.state)).toBe(true);
    box.state = endForeground(box.state, 0);
    expect(box.run()).toEqual({ code: 0, wait: 'exit' });
  });
});

describe('the language', () => {
  it.each([
    ['echo a b   c', ['a b c']],
    ['echo "a  b" \'$x\' $x"y"', ['a  b $x y']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    ['x=5; echo $x ${x} ${y:-none} ${#x}', ['5 5 none 1']],
    ['echo $((1 + 2 * 3)) $(( (1+2)*3 % 4 ))', ['7 1']],
    ['false || echo no; true && echo yes', ['no', 'yes']],
    ['false && echo a || echo b', ['b']],
    ['! false && echo not', ['not']],
    ['if [ -f /tmp/x ]; then echo there; elif [ 1 -lt 2 ]; then echo less; else echo none; fi', ['less']],
    ['for i in $(seq 3); do if [ $i = 2 ]; then continue; fi; echo $i; done', ['1', '3']],
    ['i=0; until [ $i -ge 2 ]; do i=$((i+1)); done; echo $i', ['2']],
    ['for i in {1..3}; do for j in a b; do [ $j = b ] && break; echo $i$j; done; done', ['1a', '2a', '3a']],
    ['seq 5 | tail -n 2', ['4', '5']],
    ['printf "one\\ntwo\\n" | while read line; do echo "<$line>"; done', ['<one>', '<two>']],
    ['seq 12 | grep 1 | wc -l', ['4']],
    ['case $HOSTNAME in web-*) echo web;; *) echo other;; esac', ['web']],
    ['f() { echo "got $1 of $#"; }; f x y', ['got x of 2']],
    ['(x=1; cd /tmp; exit 3); echo $? "$x" $(pwd)', ['3  /']],
    ['cat <<EOF\nhello $HOSTNAME\nEOF', ['hello web-0']],
    ["cat <<'EOF' > /tmp/f\n$HOME\nEOF\ncat /tmp/f", ['$HOME']],
    ['x=$(echo a; echo b); echo "$x"', ['a', 'b']],
    ['echo err >&2; echo gone 2>/dev/null >/dev/null', ['err']],
    ['touch /tmp/a.log /tmp/b.log; ls /tmp/*.log', ['/tmp/a.log', '/tmp/b.log']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    ['f=/var/log/a.log; echo ${f##*/} ${f%.log}', ['a.log /var/log/a']],
    ['eval "echo one; echo two"', ['one', 'two']],
    ['sh -c "echo inner"; echo outer', ['inner', 'outer']],
    ['while true; do echo once; break; done > /tmp/out; cat /tmp/out', ['once']],
    ['test -n "" -o 1 = 1 && echo or', ['or']],
    ['# nothing\necho a # comment', ['a']],
    ['nosuch', ['sh: nosuch: not found']],
    ['echo $(( x = 4 )) $x', ['4 4']],
    ["sh -c 'echo $0 $1' name arg", ['name arg']],
    ['date -u +%FT%TZ', ['2026-01-01T00:00:00Z']],
    ['printf "%03d %s\\n" 7 x', ['007 x']],
  ])('%s', (script, lines) => {
    expect(output(script, { HOSTNAME: 'web-0' })).toEqual(lines);
  });

  it.each([
    ['exit 7', 7],
    ['false', 1],
    ['set -e; false; true', 1],
    ['set -e; if false; then true; fi; false || true; exit 4', 4],
    ['trap "exit 9" EXIT; true', 9],
    ['nosuch', 127],
    ['if true; then', 2],
    ["echo 'open", 2],
    ['exec sleep 1', 0],
    ['exec 2>&1; exit 3', 3],
    ['exec 2>&1; exec > /none/x; exit 3', 1],
  ])('%s exits %i', (script, code) => {
    expect(status(script)).toBe(code);
  });

  it('waits for background sleeps', () => {
    const box = new Box(['sh', '-c', 'sleep 3 & sleep 5 & wait; echo done']);
    box.run();
    expect(box.now).toBe(5000);
  });

  it('lets a loop that never sleeps pass the time', () => {
    const box = new Box(['sh', '-c', 'while :; do :; done']);
    expect(box.run(1000)).toEqual({ wait: 'time' });
    expect(box.now).toBe(1000);
  });

  it('stops endless recursion and never hangs on strange scripts', () => {
    expect(status('f() { f; }; f')).toBe(2);
    for (const script of [
      '((',
      '$(',
      '${',
      '`',
      'for',
      'case x',
      '<<',
      '>',
      ';;',
      '{',
      ')',
      '|',
      '&&',
      '$((',
      'a=(1 2)',
    ])
      expect(typeof new Box(['sh', '-c', script]).run(10_000).wait).toBe('string');
  });

  it('runs a plain command without a shell', () => {
    const box = new Box(['sleep', '2']);
    expect(box.run()).toEqual({ code: 0, wait: 'exit' });
    expect(box.now).toBe(2000);
  });
});

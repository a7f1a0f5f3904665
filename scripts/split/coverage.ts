import { Session } from 'node:inspector';
import { createContext, Script } from 'node:vm';
import { type Node, statementsOf, walk } from './syntax.ts';

/** Which characters of a script run. */
export class Coverage {
  private readonly runs: Uint8Array;
  private before: Uint32Array | undefined;

  constructor(length: number) {
    this.runs = new Uint8Array(length);
  }

  /** Says of a range whether nothing in it runs. */
  isDead = (start: number, end: number): boolean => {
    if (this.before === undefined) {
      this.before = new Uint32Array(this.runs.length + 1);
      for (const [i, run] of this.runs.entries()) this.before[i + 1] = (this.before[i] as number) + run;
    }
    return this.before[start] === this.before[end];
  };

  addAlive(start: number, end: number): void {
    this.runs.fill(1, start, end);
    this.before = undefined;
  }

  /** Adds what runs of a script in a world of its own. `use`: more code, to be run after it. */
  measure(code: string, filename: string, world: object, use: string): void {
    const session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    const context = createContext(world);
    new Script(code, { filename }).runInContext(context);
    new Script(use).runInContext(context);
    const alive = new Uint8Array(code.length);
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      for (const { ranges } of result.find(({ url }) => url === filename)?.functions ?? [])
        for (const { startOffset, endOffset, count } of ranges) alive.fill(Math.min(count, 1), startOffset, endOffset);
    });
    session.disconnect();
    for (const [i, run] of alive.entries()) this.runs[i] ||= run;
    this.before = undefined;
  }

  /** V8 takes what follows a `for in` over nothing at all for dead. */
  forgiveForIn(body: readonly Node[]): void {
    const visit = (statements: readonly Node[]): void => {
      const end = statements.at(-1)?.end ?? 0;
      for (const node of statements)
        if (node.type === 'ForInStatement' && !this.isDead(node.start, node.end) && this.isDead(node.end, end))
          this.addAlive(node.end, end);
    };
    for (const node of body) for (const inner of walk(node)) visit(statementsOf(inner) ?? []);
  }
}

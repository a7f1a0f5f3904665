import type { Op } from './program.ts';

/** A jump whose target is not known before what it jumps over is written. */
export interface Jump {
  to: number;
}

/** Instructions while they are written. */
export class Code {
  readonly ops: Op[] = [];

  /** The index of the next instruction. */
  get end(): number {
    return this.ops.length;
  }

  push(op: Op): void {
    this.ops.push(op);
  }

  jump(op: 'jump' | 'ifOk' | 'ifFail'): Jump {
    const jump = { op, to: 0 };
    this.ops.push(jump);
    return jump;
  }

  /** Lets jumps that were left open come out here. */
  land(jumps: readonly Jump[]): void {
    for (const jump of jumps) jump.to = this.end;
  }

  /** Puts instructions in front of those from `at` on; jumps behind them move with their targets. */
  insert(at: number, ops: readonly Op[]): void {
    this.ops.splice(at, 0, ...ops);
    for (const op of this.ops.slice(at + ops.length)) if ('to' in op && op.to >= at) op.to += ops.length;
  }

  /** Takes the instructions from `from` on away, to be inserted at `at`. */
  takeFrom(from: number, at: number): Op[] {
    const taken = this.ops.splice(from);
    for (const op of taken) if ('to' in op) op.to += at - from;
    return taken;
  }

  /** Another program as a part of this one. */
  append(program: readonly Op[]): void {
    const base = this.end;
    for (const op of program) this.ops.push('to' in op ? { ...op, to: op.to + base } : op);
  }

  /** What fails from here on is looked at. */
  markTested(from: number): void {
    for (let i = from; i < this.end; i++) {
      const op = this.ops[i] as Op;
      if (op.op === 'run') this.ops[i] = { op: 'run', command: { ...op.command, tested: true } };
    }
  }

  /** A background command is marked on its last instruction: only simple ones are modelled as jobs. */
  markBackground(start: number): void {
    const last = this.ops[this.end - 1];
    if (last?.op === 'run' && this.end > start)
      this.ops[this.end - 1] = { op: 'run', command: { ...last.command, background: true } };
  }

  /** Ends the pipes that are open among the instructions from `start` on. */
  closePipes(start: number): void {
    let open = 0;
    for (const { op } of this.ops.slice(start)) {
      if (op === 'piped') open++;
      if (op === 'unpipe') open--;
    }
    for (; open > 0; open--) this.push({ op: 'unpipe' });
  }
}

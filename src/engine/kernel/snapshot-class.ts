import { assert, EngineError } from './types.ts';

interface CustomClass {
  readonly of: new (...args: never[]) => object;
  readonly dump: (value: never) => unknown;
  readonly load: (dump: unknown) => object;
}

const classes = new Map<string, CustomClass>();

/** Tells snapshots how to keep a class whose content can be rebuilt from plain data. */
export function defineSnapshotClass<T extends object, D>(
  name: string,
  of: new (...args: never[]) => T,
  dump: (value: T) => D,
  load: (dump: D) => T,
): void {
  classes.set(name, { of, dump: dump as (value: never) => unknown, load: load as (dump: unknown) => object });
}

/** Whether and how a value of a class is kept. */
export function classOf(value: object): [name: string, known: CustomClass] {
  for (const known of classes) if (value instanceof known[1].of) return known;
  throw new EngineError(`a snapshot cannot hold a ${value.constructor.name}`);
}

export function classNamed(name: string): CustomClass {
  const known = classes.get(name);
  assert(known, `no class ${name} in this engine`);
  return known;
}

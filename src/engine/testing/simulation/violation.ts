/** Something that must always hold does not: which rule, and where. */
export class Violation extends Error {
  override name = 'Violation';
  readonly rule: string;

  constructor(rule: string, detail: string) {
    super(`it does not hold that ${rule}: ${detail}`);
    this.rule = `${rule}: ${withoutNames(detail)}`;
  }
}

/** What differs from run to run is left out: names, numbers, addresses. */
export function withoutNames(text: string): string {
  return text.replace(/[^ ]*[/\d][^ ]*/g, '*');
}

/** For what is looked at after every message: `detail` is put together only when it is needed. */
export function fail(rule: string, detail: string): never {
  throw new Violation(rule, detail);
}

import { Outliner, type Piece } from './outline.ts';
import type { Node } from './syntax.ts';
import { namesOf, TopLevel } from './top-level.ts';

export interface Parts {
  readonly early: string;
  readonly late: string;
}

/** Below that many characters a stand-in costs more than the function. */
const LEAST_FUNCTION = 80;

/** What the early part begins with. */
const STAND_INS = `var $rest;
function $late(i) {
  if ($rest === undefined) {
    self.calledEarly = true;
    throw new Error('the engine is not whole yet');
  }
  return $rest[i];
}`;

/**
 * Cuts a bundle (`all`: its statements) in two: what ran, and what did not (`isDead` says it of a range) and can be done without until then. The
 * late part imports from the early one, which it calls `earlyName`, and puts its functions behind the stand-ins there. A
 * stand-in that is called before sets `self.calledEarly` and throws.
 */
export function split(
  code: string,
  all: readonly Node[],
  isDead: (start: number, end: number) => boolean,
  earlyName: string,
): Parts {
  const isExport = ({ type }: Node): boolean => type === 'ExportNamedDeclaration';
  const body = all.filter((node) => !isExport(node));
  const top = new TopLevel(body, isDead);
  const movable = new Set(body.filter((node) => top.mayMove(node)));
  const staying = new Set<Node>();
  const pieces: Piece[] = [];
  const standIns = new Set<string>();

  const keep = (node: Node): void => {
    if (staying.has(node)) return;
    staying.add(node);
    const taken = new Outliner(code, node, top, standIns).pieces;
    pieces.push(...taken);
    for (const name of top.refs(node, (at) => !taken.some(({ start, end }) => start <= at && at < end))) need(name);
  };
  const need = (name: string): void => {
    const node = top.declaration(name) as Node;
    const isWorthIt = top.isIdle(node) && node.end - node.start >= LEAST_FUNCTION;
    if (movable.has(node) && isWorthIt) standIns.add(name);
    else keep(node);
  };
  for (const node of body) if (!movable.has(node)) keep(node);

  const moved = body.filter((node) => !staying.has(node));
  // An expression without effects whose value nobody keeps is of no use at all.
  const late = moved.filter(({ type }) => type !== 'ExpressionStatement');
  const wanted = new Set([
    ...late.flatMap((node) => [...top.refs(node)]),
    ...pieces.flatMap(({ root, start, end }) => [...top.refs(root, (at) => start <= at && at < end)]),
  ]);
  // In the order in which they are declared, so that short names stand in their own order too, which packs well.
  const shared = body
    .filter((node) => staying.has(node))
    .flatMap(namesOf)
    .filter((name) => wanted.has(name));
  const values = shared.filter((name) => !top.isAssigned(name)).join(', ');
  const variables = ['$arrive', '$shared', ...shared.filter((name) => top.isAssigned(name))].join(', ');
  const names = [...standIns].join(', ');
  const removed = [...moved, ...all.filter(isExport)].map(({ start, end }) => ({ start, end, call: '' }));
  return {
    early: [
      STAND_INS,
      `var [${names}] = Array.from({ length: ${standIns.size} }, (_, i) => (...values) => $late(i)(...values));`,
      `function $arrive(late) { $rest = late; [${names}] = late; }`,
      replaced(code, [...removed, ...pieces]),
      `var $shared = [${values}];`,
      `export { ${variables} };`,
    ].join('\n'),
    late: [
      `import { ${variables} } from ${JSON.stringify(earlyName)};`,
      `var [${values}] = $shared;`,
      ...late.map(({ start, end }) => code.slice(start, end)),
      ...pieces.map(({ text }) => text),
      `$arrive([${names}]);`,
    ].join('\n'),
  };
}

function replaced(code: string, places: readonly { start: number; end: number; call: string }[]): string {
  let text = '';
  let at = 0;
  for (const { start, end, call } of [...places].sort((a, b) => a.start - b.start)) {
    text += code.slice(at, start) + call;
    at = end;
  }
  return text + code.slice(at);
}

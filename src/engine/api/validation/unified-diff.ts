const CONTEXT = 3;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** A unified diff without file names, three lines of context around each change; '' for equal texts. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  const edits = editsOf(before, after);
  let out = '';
  let index = 0;
  let oldLine = 1;
  let newLine = 1;
  while (index < edits.length) {
    const next = edits.findIndex((edit, position) => position >= index && edit.sign !== ' ');
    if (next < 0) break;
    const start = Math.max(index, next - CONTEXT);
    const end = hunkEnd(edits, next);
    // Only common lines lie between two hunks.
    oldLine += start - index;
    newLine += start - index;
    const hunk = edits.slice(start, end);
    const oldCount = hunk.filter((edit) => edit.sign !== '+').length;
    const newCount = hunk.filter((edit) => edit.sign !== '-').length;
    out += `@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@\n`;
    for (const { sign, line } of hunk) out += `${sign}${line}\n`;
    oldLine += oldCount;
    newLine += newCount;
    index = end;
  }
  return out;
}

function range(line: number, count: number): string {
  if (count === 1) return String(line);
  return `${count === 0 ? line - 1 : line},${count}`;
}

/** Changes with at most twice the context between them share a hunk. */
function hunkEnd(edits: readonly Edit[], firstChange: number): number {
  let lastChange = firstChange;
  for (let index = firstChange; index < edits.length && index - lastChange <= 2 * CONTEXT; index++)
    if (edits[index]?.sign !== ' ') lastChange = index;
  return Math.min(edits.length, lastChange + 1 + CONTEXT);
}

/** The shortest way from one text to the other: equal ends are cut off, the rest is a longest common subsequence. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let tail = 0;
  while (
    tail < before.length - start &&
    tail < after.length - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  const same = (line: string): Edit => ({ sign: ' ', line });
  return [
    ...before.slice(0, start).map(same),
    ...middleEdits(before.slice(start, before.length - tail), after.slice(start, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const width = after.length + 1;
  // common[i * width + j]: how many lines the rests from i and from j have in common.
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] =
        before[i] === after[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const left = before[i];
    const right = after[j];
    if (left !== undefined && left === right) {
      edits.push({ sign: ' ', line: left });
      i++;
      j++;
    } else if (
      left !== undefined &&
      (right === undefined || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      edits.push({ sign: '-', line: left });
      i++;
    } else if (right !== undefined) {
      edits.push({ sign: '+', line: right });
      j++;
    }
  }
  return edits;
}

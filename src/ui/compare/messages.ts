/** What the comparison says. */
export const TEXT = {
  beside: 'The cluster beside it',
  noComparison:
    'This page shows the second cluster of a comparison, inside of Orrery. By itself, and whatever its address says, there is nothing to show.',
  open: 'Open Orrery',
  sides: 'Which of the two',
  here: 'Shown',
  there: 'Beside it',
  label: 'Two clusters side by side',
  shown: (name: string) => `Shown: ${name}`,
  other: (name: string) => `Beside it: ${name}`,
  diagramOf: (name: string) => `Diagram of ${name}`,
  stop: 'End the comparison',
  catchingUp: (percent: number) => `The other cluster is on its way to this time: ${percent} %`,
  differences: (count: number) =>
    count === 0
      ? 'No differences at this moment'
      : `${count === 1 ? '1 difference' : `${count} differences`} at this moment`,
  waiting: 'Looking for differences…',
  onlyHere: 'only in the shown one',
  onlyThere: 'only in the other one',
  more: (count: number) => `and ${count} more`,
  what: 'What',
  failed: (why: string) => `The other cluster cannot be had: ${why}`,
} as const;

/** What the list of Events says. */
export const TEXT = {
  events: 'Events',
  lastSeen: 'Last seen',
  type: 'Type',
  reason: 'Reason',
  object: 'Object',
  message: 'Message',
  source: 'From',
  find: 'Find',
  findHint: 'reason, object or text',
  warnings: 'Warnings only',
  none: 'No Events yet.',
  noMatch: 'No Event matches.',
  more: (count: number) => `${count} older Events are not shown.`,
} as const;

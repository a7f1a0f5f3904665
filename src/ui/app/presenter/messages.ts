/** What presenting mode says. */
export const TEXT = {
  title: 'Orrery, presenting',
  help: 'Page Down or . next step · Space play or pause · B blank screen · Esc leave',
  leave: 'Leave (Esc)',
  blank: 'The screen is blank. Press B to go on.',
  paused: 'paused',
} as const;

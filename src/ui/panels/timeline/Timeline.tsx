/** One lane per component, marks, playhead; fills the strip that the shell gives it. */
export function Timeline() {
  return null;
}

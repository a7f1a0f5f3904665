/** The left column: first visit and scenarios as steps. */
export function Guide() {
  return null;
}

/** Event objects of the whole cluster. */
export function Events() {
  return null;
}

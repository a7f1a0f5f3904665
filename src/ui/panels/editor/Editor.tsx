import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { example } from '../../examples/index.ts';
import { Button } from '../../shared/Button.tsx';
import { Kbd } from '../../shared/Kbd.tsx';
import { useView } from '../../store/selectors.ts';
import { view as pageView } from '../../store/view.ts';
import { goToLine, newEditorState, replaceText, showRemarks } from './code-mirror.ts';
import { readDraft, saveDraft } from './draft.ts';
import styles from './Editor.module.css';
import { applyText, editor } from './editor-store.ts';
import { openFiles } from './files.ts';
import { Gallery } from './Gallery.tsx';
import { TEXT } from './messages.ts';
import { Results } from './Results.tsx';

/** Lives as long as the page, so that text and undo survive another tab. */
let kept: EditorState | undefined;
let mounted: EditorView | undefined;
/** The text that an example or a file gave; what differs from it is the user's own. */
let given = '';
let seenSeq = 0;

const text = (): string => (mounted?.state ?? kept)?.doc.toString() ?? '';
const storage = (): Storage => localStorage;
const apply = (): void => void applyText(text(), pageView.getState().editorText?.title);

/** Writes and applies YAML; takes text from `view.editorText`. Loaded when its tab is first shown. */
export function Editor() {
  const host = useRef<HTMLDivElement>(null);
  const pane = useStore(editor, (state) => state.pane);
  useEffect(() => {
    if (host.current === null) return;
    const view = new EditorView({ state: kept ?? firstState(), parent: host.current });
    mounted = view;
    const take = (): void => {
      takeText(view);
      takeFocus(view);
    };
    take();
    const stops = [pageView.subscribe(take), showNewRemarks(view)];
    return () => {
      for (const stop of stops) stop();
      kept = view.state;
      mounted = undefined;
      view.destroy();
    };
  }, []);
  return (
    <div className={styles.editor}>
      <div className={styles.writing}>
        <Toolbar />
        <div ref={host} className={styles.code} />
      </div>
      <div className={styles.aside}>{pane === 'examples' ? <Gallery /> : <Results goTo={goTo} />}</div>
    </div>
  );
}

function Toolbar() {
  const isApplying = useStore(editor, (state) => state.isApplying);
  const pane = useStore(editor, (state) => state.pane);
  const replaced = useStore(editor, (state) => state.replaced);
  const problem = useStore(editor, (state) => state.problem);
  const title = useView((state) => state.editorText?.title);
  const file = useRef<HTMLInputElement>(null);
  return (
    <div className={styles.toolbar}>
      <Button small look="primary" icon="play" onClick={apply}>
        {isApplying ? TEXT.applying : TEXT.apply}
      </Button>
      <span className={styles.keys}>
        <Kbd value={TEXT.applyKeys} />
      </span>
      <Button
        small
        look="plain"
        aria-pressed={pane === 'examples'}
        onClick={() => editor.setState({ pane: pane === 'examples' ? 'result' : 'examples' })}
      >
        {pane === 'examples' ? TEXT.result : TEXT.examples}
      </Button>
      <Button small look="plain" onClick={() => file.current?.click()}>
        {TEXT.open}
      </Button>
      <input
        ref={file}
        type="file"
        multiple
        accept=".yaml,.yml,.json,text/*"
        className="visually-hidden"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          void openFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      {replaced !== undefined && (
        <Button small look="plain" onClick={restore}>
          {TEXT.restore}
        </Button>
      )}
      <span className={styles.title}>{title}</span>
      {problem !== undefined && (
        <span role="alert" className={styles.problem}>
          {problem}
        </span>
      )}
    </div>
  );
}

function firstState(): EditorState {
  const draft = readDraft(storage);
  given = example('nginx-deployment').steps[0]?.text ?? '';
  return newEditorState(draft ?? given, { apply, changed: () => saveDraft(storage, text) });
}

/** Puts a text that somebody else chose into the editor, once; what the user had written is not lost. */
function takeText(view: EditorView): void {
  const { editorText } = pageView.getState();
  if (editorText === null || editorText.seq === seenSeq) return;
  seenSeq = editorText.seq;
  const old = view.state.doc.toString();
  if (old === editorText.text) return;
  const isOwn = old !== given && old.trim() !== '';
  given = editorText.text;
  editor.setState({ outcome: undefined, remarks: [], ...(isOwn && { replaced: old }) });
  replaceText(view, editorText.text);
}

function takeFocus(view: EditorView): void {
  if (!pageView.getState().toWrite) return;
  pageView.setState({ toWrite: false });
  view.focus();
}

function restore(): void {
  const { replaced } = editor.getState();
  if (replaced === undefined || mounted === undefined) return;
  replaceText(mounted, replaced);
  editor.setState({ replaced: undefined, outcome: undefined, remarks: [] });
  mounted.focus();
}

function showNewRemarks(view: EditorView): () => void {
  const { remarks } = editor.getState();
  if (remarks.length > 0) showRemarks(view, remarks);
  return editor.subscribe((state, before) => {
    if (state.remarks !== before.remarks) showRemarks(view, state.remarks);
  });
}

function goTo(line: number): void {
  if (mounted === undefined) return;
  goToLine(mounted, line);
  mounted.focus();
}

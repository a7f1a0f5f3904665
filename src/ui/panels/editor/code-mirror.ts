import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, syntaxTree } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension, RangeSetBuilder, StateEffect, StateField, type Text } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view';
import styles from './code-mirror.module.css';
import type { Remark } from './editor-store.ts';
import { TEXT } from './messages.ts';

interface Hooks {
  apply(): void;
  changed(): void;
}

/** A YAML editor's state: everything but the page around it. */
export function newEditorState(doc: string, hooks: Hooks): EditorState {
  return EditorState.create({ doc, extensions: extensions(hooks) });
}

/** Shows what was said about lines: underlined, in the gutter, and as a line of its own below. */
export function showRemarks(view: EditorView, remarks: readonly Remark[]): void {
  const { doc } = view.state;
  view.dispatch(
    setDiagnostics(
      view.state,
      remarks.map((remark) => diagnostic(doc, remark)),
    ),
  );
  view.dispatch({ effects: setRemarks.of(remarks) });
  const [first] = remarks;
  if (first !== undefined) goToLine(view, first.line, first.column);
}

export function goToLine(view: EditorView, line: number, column = 1): void {
  const at = positionOf(view.state.doc, line, column);
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
}

/** Another text in the place of the old one; undo brings it back. */
export function replaceText(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
  showRemarks(view, []);
  view.scrollDOM.scrollTop = 0;
}

function extensions({ apply, changed }: Hooks): Extension {
  const applyKey = {
    key: 'Mod-Enter',
    run: () => {
      apply();
      return true;
    },
  };
  // The keys of the page work again, from here on.
  const leaveKey = {
    key: 'Escape',
    run: (view: EditorView) => {
      view.contentDOM.blur();
      return true;
    },
  };
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    foldGutter(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    lintGutter(),
    yaml(),
    colours,
    remarkLines,
    theme,
    placeholder(TEXT.placeholder),
    keymap.of([applyKey, ...defaultKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, leaveKey]),
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ 'aria-label': TEXT.manifest, spellcheck: 'false', tabindex: '0' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed();
    }),
  ];
}

// --- lines -----------------------------------------------------------------------------------------------------------

function positionOf(doc: Text, line: number, column = 1): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}

function diagnostic(doc: Text, { line, column, severity, message }: Remark): Diagnostic {
  const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const indent = text.length - text.trimStart().length;
  const start = column === undefined ? from + indent : positionOf(doc, line, column);
  // A mark needs something to stand under.
  return { from: Math.min(start, Math.max(to - 1, from)), to, severity, message };
}

const setRemarks = StateEffect.define<readonly Remark[]>();

class RemarkWidget extends WidgetType {
  constructor(readonly remark: Remark) {
    super();
  }

  override eq(other: RemarkWidget): boolean {
    return other.remark.message === this.remark.message && other.remark.severity === this.remark.severity;
  }

  toDOM(): HTMLElement {
    const element = document.createElement('div');
    element.className = `${styles.remark} ${this.remark.severity === 'error' ? styles.error : styles.warning}`;
    element.textContent = this.remark.message;
    return element;
  }
}

const remarkLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setRemarks)) return drawn(transaction.state.doc, effect.value);
    }
    return lines.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function drawn(doc: Text, remarks: readonly Remark[]): DecorationSet {
  return Decoration.set(
    remarks.map((remark) => {
      const at = doc.line(Math.min(Math.max(remark.line, 1), doc.lines)).to;
      return Decoration.widget({ widget: new RemarkWidget(remark), block: true, side: 1 }).range(at);
    }),
    true,
  );
}

// --- colours ---------------------------------------------------------------------------------------------------------

/** Names of the YAML grammar's nodes, and what they look like. */
const LOOKS: Record<string, Decoration> = {
  Key: Decoration.mark({ class: styles.key }),
  Comment: Decoration.mark({ class: styles.comment }),
  QuotedLiteral: Decoration.mark({ class: styles.string }),
  BlockLiteralContent: Decoration.mark({ class: styles.string }),
  Anchor: Decoration.mark({ class: styles.special }),
  Alias: Decoration.mark({ class: styles.special }),
  Tag: Decoration.mark({ class: styles.special }),
  DirectiveEnd: Decoration.mark({ class: styles.special }),
  DocEnd: Decoration.mark({ class: styles.special }),
};
const NUMBER = Decoration.mark({ class: styles.number });
const IS_NUMBER = /^(-?\d[\d.]*([eE]\d+)?|true|false|null|~)$/;

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = coloured(view);
    }

    update(update: ViewUpdate): void {
      const hasParsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      if (update.docChanged || update.viewportChanged || hasParsed) this.decorations = coloured(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function coloured(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: ({ name, from: start, to: end }) => {
        const look = LOOKS[name];
        if (look !== undefined) {
          builder.add(start, end, look);
          return false;
        }
        if (name === 'Literal' && IS_NUMBER.test(view.state.sliceDoc(start, Math.min(end, start + 32)))) {
          builder.add(start, end, NUMBER);
        }
        return undefined;
      },
    });
  }
  return builder.finish();
}

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: 'var(--text-m)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--surface-sunken)',
    color: 'var(--ink-faint)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--brand) 6%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--surface-hover)', color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--brand) 24%, transparent)',
  },
  '.cm-placeholder': { color: 'var(--ink-faint)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-raised)',
    border: '1px solid var(--line)',
    color: 'var(--ink)',
    maxWidth: '40rem',
  },
  '.cm-foldPlaceholder': {
    backgroundColor: 'var(--surface-sunken)',
    borderColor: 'var(--line)',
    color: 'var(--ink-soft)',
  },
});

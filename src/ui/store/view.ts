import { createStore } from 'zustand/vanilla';
import type { ObjectRef } from '../../engine/door.ts';
import type { Input } from '../../worker/protocol.ts';
import { splitKey } from './keys.ts';
import { preferences } from './preferences.ts';

/** What the inspector shows and the diagram highlights. */
export type Selection =
  /** An API object, by `Kind/namespace/name`. A node is `Node//<name>`. */
  | { readonly type: 'object'; readonly key: string }
  /** A process, by its address: `scheduler@kind-control-plane`. */
  | { readonly type: 'component'; readonly address: string }
  /** A computer that has no Node object (the laptop, a hosted control plane). */
  | { readonly type: 'machine'; readonly name: string }
  | { readonly type: 'message'; readonly id: number }
  /** A part that this cluster does not have, and why: `cloud-controller-manager`. */
  | { readonly type: 'ghost'; readonly component: string };

export type DockTab = 'yaml' | 'events' | 'messages' | 'rules' | 'trace';

/** On a phone one of these covers the lower part of the diagram. */
export type Sheet = 'guide' | 'inspector' | 'dock';

export type Dialog = 'break' | 'new-cluster' | 'keys' | 'history';

/** The two ends of a line on the diagram, as machines and addresses. */
export interface Link {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** A line that ends at a part, and whoever is at its other end. */
export interface LineTo {
  readonly name: string;
  readonly link: Link;
}

export interface ContextMenu {
  /** What it was opened on; a link is no selection. */
  readonly target: Selection | null;
  readonly link?: Link;
  /** Lines that end at the target, to be broken by themselves. */
  readonly lines?: readonly LineTo[];
  /** Only what can be broken. */
  readonly onlyFaults?: boolean;
  readonly x: number;
  readonly y: number;
}

export interface View {
  readonly selection: Selection | null;
  readonly dockTab: DockTab;
  readonly sheet: Sheet | null;
  readonly dialog: Dialog | null;
  /** What the dialog `break` is about; null for anything. */
  readonly toBreak: Selection | Link | null;
  readonly contextMenu: ContextMenu | null;
  readonly presenting: boolean;
  /** The last act, when it was not done, and what was said to it. */
  readonly refusal: { readonly act: Input['act']; readonly message: string } | null;
  /** What the trace is of: an object or a message. */
  readonly traced: ObjectRef | number | null;
  /** The keyboard is to go to the editor as soon as it is there. */
  readonly toWrite: boolean;
  /** Text that a gallery entry, a dropped file or the guide put into the editor; `seq` makes each one new. */
  readonly editorText: { readonly seq: number; readonly text: string; readonly title?: string } | null;
}

export const view = createStore<View>(() => ({
  selection: null,
  dockTab: 'yaml',
  sheet: null,
  dialog: null,
  toBreak: null,
  contextMenu: null,
  presenting: false,
  refusal: null,
  traced: null,
  toWrite: false,
  editorText: null,
}));

export function select(selection: Selection | null): void {
  // On a phone what is tapped shows itself, in the place of what was open.
  view.setState({ selection, contextMenu: null, ...(selection !== null && { sheet: null }) });
}

export const selectObject = (key: string): void => select({ type: 'object', key });
export const selectComponent = (address: string): void => select({ type: 'component', address });
export const selectMessage = (id: number): void => select({ type: 'message', id });

/** Opens the dialog in which any fault can be made; about one thing, or anything. */
export function openBreak(toBreak: Selection | Link | null): void {
  view.setState({ dialog: 'break', toBreak, contextMenu: null });
}

export function openEditorWith(text: string, title?: string): void {
  preferences.setState({ dockOpen: true });
  const seq = (view.getState().editorText?.seq ?? 0) + 1;
  view.setState({ editorText: { seq, text, title }, dockTab: 'yaml', sheet: 'dock' });
}

/** A string that is equal for equal selections: a React key, a test of sameness. */
export function selectionId(selection: Selection | null): string {
  switch (selection?.type) {
    case undefined:
      return '';
    case 'object':
      return `object ${selection.key}`;
    case 'component':
      return `component ${selection.address}`;
    case 'machine':
      return `machine ${selection.name}`;
    case 'message':
      return `message ${selection.id}`;
    case 'ghost':
      return `ghost ${selection.component}`;
  }
}

/** The name of the selected Node, also when one of its agents is not what is selected. */
export function selectedNode(selection: Selection | null): string | undefined {
  if (selection?.type !== 'object') return undefined;
  const { kind, name } = splitKey(selection.key);
  return kind === 'Node' ? name : undefined;
}

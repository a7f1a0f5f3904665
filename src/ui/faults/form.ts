import type { Fault, FaultKind } from '../../engine/door.ts';
import { componentOf, splitKey } from '../store/keys.ts';
import type { Link, Selection } from '../store/view.ts';
import { LINK_FAULTS } from './sides.ts';

export type FaultKinds = Readonly<Record<string, FaultKind>>;

/** What stands in the dialog. */
export interface BreakForm {
  readonly kind: string;
  /** A machine, an address, `namespace/pod`, or an image. */
  readonly target: string;
  readonly a: readonly string[];
  readonly b: readonly string[];
  /** Options as they are written, by name; what is absent has its default. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly inMs: number;
  /** 0: until it is healed. */
  readonly forMs: number;
}

export const NOTHING: BreakForm = { kind: '', target: '', a: [], b: [], options: {}, inMs: 0, forMs: 0 };

export const isLink = (what: Selection | Link): what is Link => 'from' in what;

/** The kinds of fault that can be done to a thing; all of them when nothing is given. */
export function kindsFor(what: Selection | Link | null, kinds: FaultKinds): readonly string[] {
  const possible = Object.keys(kinds).filter((kind) => kinds[kind]?.refused === undefined);
  if (what === null) return possible;
  if (isLink(what)) return possible.filter((kind) => LINK_FAULTS.includes(kind));
  const on = whatIs(what);
  return possible.filter((kind) => on.includes(kinds[kind]?.on ?? 'cluster'));
}

function whatIs(what: Selection): readonly FaultKind['on'][] {
  switch (what.type) {
    case 'machine':
      return ['machine', 'sides'];
    case 'object': {
      const { kind } = splitKey(what.key);
      return kind === 'Node' ? ['machine', 'sides'] : kind === 'Pod' ? ['pod'] : [];
    }
    case 'component': {
      const component = componentOf(what.address);
      if (component === 'etcd') return ['component', 'etcd', 'sides'];
      return component === 'kubelet' || component === 'containerd' ? ['machine', 'sides'] : ['component', 'sides'];
    }
    default:
      return [];
  }
}

/** The dialog as it opens for a thing. */
export function formFor(what: Selection | Link | null, kinds: FaultKinds): BreakForm {
  const [kind = ''] = kindsFor(what, kinds);
  if (what === null) return { ...NOTHING, kind };
  if (isLink(what)) return { ...NOTHING, kind, a: what.from, b: what.to };
  const target = targetName(what);
  return { ...NOTHING, kind, target, a: target === '' ? [] : [target] };
}

/** What a fault calls the thing. */
export function targetName(what: Selection): string {
  switch (what.type) {
    case 'machine':
      return what.name;
    case 'component':
      return what.address;
    case 'object': {
      const { kind, namespace, name } = splitKey(what.key);
      return kind === 'Node' ? name : `${namespace}/${name}`;
    }
    default:
      return '';
  }
}

/** The fault that the dialog asks for; the engine says whether it can be done. */
export function faultOf(form: BreakForm, kinds: FaultKinds): Fault {
  const { on, lasts, options = {} } = kinds[form.kind] as FaultKind;
  const fault: Record<string, unknown> = { kind: form.kind };
  if (on === 'sides') {
    fault.target = form.a;
    if (form.b.length > 0) fault.to = form.b;
  } else if (on === 'machine') {
    // An agent stands for its machine.
    fault.target = form.target.slice(form.target.indexOf('@') + 1);
  } else if (on !== 'cluster' && form.target !== '') {
    fault.target = form.target;
  }
  for (const [name, { type }] of Object.entries(options)) {
    const value = form.options[name];
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    // What is no number goes as it is written: the refusal can say so.
    fault[name] = type === 'number' && !Number.isNaN(Number(value)) ? Number(value) : value;
  }
  if (form.inMs > 0) fault.inMs = form.inMs;
  if (form.forMs > 0 && lasts) fault.forMs = form.forMs;
  return fault as unknown as Fault;
}

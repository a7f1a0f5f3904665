import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { FaultKind } from '../../engine/door.ts';
import { Button } from '../shared/Button.tsx';
import { Dialog } from '../shared/Dialog.tsx';
import parts from '../shared/Form.module.css';
import { cluster } from '../store/cluster.ts';
import { useView } from '../store/selectors.ts';
import { type Link, type Selection, selectionId, view } from '../store/view.ts';
import { Broken } from './Broken.tsx';
import styles from './faults.module.css';
import { Field, Option, TimeField } from './fields.tsx';
import { type BreakForm, type FaultKinds, faultOf, formFor, isLink, kindsFor, targetName } from './form.ts';
import { useFaultKinds } from './kinds.ts';
import { TEXT } from './messages.ts';
import { Sides } from './Sides.tsx';
import { Target, useChoices } from './Target.tsx';

const close = (): void => view.setState({ dialog: null, toBreak: null });

/** Any fault, on anything, now or later, for a time or until it is healed; and what is broken already. */
export function BreakDialog() {
  const toBreak = useView((state) => state.toBreak);
  const kinds = useFaultKinds();
  return (
    <Dialog title={titleOf(toBreak)} closeLabel={TEXT.close} onClose={close}>
      <Broken />
      {kinds !== undefined && <Form key={keyOf(toBreak)} toBreak={toBreak} kinds={kinds} />}
    </Dialog>
  );
}

function titleOf(what: Selection | Link | null): string {
  if (what === null) return TEXT.title;
  const name = isLink(what) ? `${what.from.join(', ')} – ${what.to.join(', ')}` : targetName(what);
  return name === '' ? TEXT.title : TEXT.titleOf(name);
}

const keyOf = (what: Selection | Link | null): string =>
  what !== null && isLink(what) ? `${what.from} ${what.to}` : selectionId(what);

function Form({ toBreak, kinds }: { readonly toBreak: Selection | Link | null; readonly kinds: FaultKinds }) {
  const [form, setForm] = useState(() => formFor(toBreak, kinds));
  const [error, setError] = useState('');
  const kind = kinds[form.kind];
  const choices = useChoices(kind?.on ?? 'cluster');
  // What is shown as chosen is what is meant.
  const target = form.target === '' && kind?.on !== 'image' ? (choices[0] ?? '') : form.target;
  const change = (changed: Partial<BreakForm>): void => {
    setForm({ ...form, ...changed });
    setError('');
  };
  const onSubmit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const result = await cluster().input({ act: 'inject', fault: faultOf({ ...form, target }, kinds) });
    if (result.error === undefined) close();
    else setError(result.error.message);
  };
  if (kind === undefined) return null;
  return (
    <form noValidate onSubmit={(event) => void onSubmit(event)} className={parts.form}>
      <Field label={TEXT.what}>
        {(id) => (
          <KindSelect
            id={id}
            kinds={kinds}
            names={kindsFor(toBreak, kinds)}
            value={form.kind}
            onChange={(name) => change({ kind: name, options: {}, ...freshTarget(form, kinds[name], toBreak) })}
          />
        )}
      </Field>
      <p className={styles.expect}>{kind.expect}</p>
      {(toBreak === null || kind.on === 'image') && (
        <Target
          key={form.kind}
          on={kind.on}
          choices={choices}
          target={target}
          onTarget={(name) => change({ target: name })}
        />
      )}
      {kind.on === 'sides' && <Sides form={form} onChange={change} />}
      {Object.entries(kind.options ?? {}).map(([name, option]) => (
        <Option key={`${form.kind} ${name}`} name={name} option={option} form={form} kinds={kinds} onChange={change} />
      ))}
      <div className={styles.times}>
        <TimeField
          label={TEXT.when}
          zero={TEXT.now}
          say={TEXT.inTime}
          times={[5_000, 30_000, 120_000]}
          value={form.inMs}
          onChange={(inMs) => change({ inMs })}
        />
        {kind.lasts && (
          <TimeField
            label={TEXT.howLong}
            zero={TEXT.untilHealed}
            say={TEXT.forTime}
            times={[5_000, 30_000, 120_000, 600_000]}
            value={form.forMs}
            onChange={(forMs) => change({ forMs })}
          />
        )}
      </div>
      {error !== '' && (
        <p role="alert" className={parts.error}>
          {error}
        </p>
      )}
      <div className={parts.buttons}>
        <Button type="submit" look="danger" icon="bolt">
          {TEXT.doIt}
        </Button>
      </div>
    </form>
  );
}

/** What was chosen for another kind of thing means nothing for this one. */
function freshTarget(
  form: BreakForm,
  kind: FaultKind | undefined,
  toBreak: Selection | Link | null,
): Partial<BreakForm> {
  return toBreak === null && kind?.on !== 'sides' ? { target: '' } : { target: form.target };
}

const GROUPS = ['machine', 'component', 'sides', 'etcd', 'pod', 'image', 'cluster'] as const;

interface KindSelectProps {
  readonly id: string;
  readonly kinds: FaultKinds;
  readonly names: readonly string[];
  readonly value: string;
  onChange(kind: string): void;
}

function KindSelect({ id, kinds, names, value, onChange }: KindSelectProps) {
  const select = useRef<HTMLSelectElement>(null);
  // The keyboard begins here, and not at the button that closes the dialog.
  useEffect(() => select.current?.focus(), []);
  return (
    <select
      ref={select}
      id={id}
      className={parts.input}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {GROUPS.map((group) => {
        const inGroup = names.filter((name) => kinds[name]?.on === group);
        if (inGroup.length === 0) return null;
        return (
          <optgroup key={group} label={TEXT.groups[group]}>
            {inGroup.map((name) => (
              <option key={name} value={name}>
                {kinds[name]?.title}
              </option>
            ))}
          </optgroup>
        );
      })}
    </select>
  );
}

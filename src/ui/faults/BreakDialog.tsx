import { type FormEvent, type ReactNode, useId, useState } from 'react';
import type { FaultKind, FaultOption } from '../../engine/door.ts';
import { Button } from '../shared/Button.tsx';
import { Dialog } from '../shared/Dialog.tsx';
import { durationText } from '../shared/time.ts';
import { cluster } from '../store/cluster.ts';
import { componentOf, splitKey } from '../store/keys.ts';
import { useAddresses, useKeysOfKind, useMachineNames, useView } from '../store/selectors.ts';
import { type Link, type Selection, selectionId, view } from '../store/view.ts';
import { Broken } from './Broken.tsx';
import { canCrash } from './crashable.ts';
import styles from './faults.module.css';
import { type BreakForm, type FaultKinds, faultOf, formFor, isLink, kindsFor, targetName } from './form.ts';
import { useFaultKinds } from './kinds.ts';
import { TEXT } from './messages.ts';
import { Sides } from './Sides.tsx';

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
    <form noValidate onSubmit={(event) => void onSubmit(event)} className={styles.form}>
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
        <Target on={kind.on} choices={choices} target={target} onTarget={(name) => change({ target: name })} />
      )}
      {kind.on === 'sides' && <Sides form={form} onChange={change} />}
      {Object.entries(kind.options ?? {}).map(([name, option]) => (
        <Option key={`${form.kind} ${name}`} name={name} option={option} form={form} kinds={kinds} onChange={change} />
      ))}
      <div className={styles.times}>
        <Field label={TEXT.when}>
          {(id) => (
            <TimeSelect
              id={id}
              zero={TEXT.now}
              say={TEXT.inTime}
              times={[5_000, 30_000, 120_000]}
              value={form.inMs}
              onChange={(inMs) => change({ inMs })}
            />
          )}
        </Field>
        {kind.lasts && (
          <Field label={TEXT.howLong}>
            {(id) => (
              <TimeSelect
                id={id}
                zero={TEXT.untilHealed}
                say={TEXT.forTime}
                times={[5_000, 30_000, 120_000, 600_000]}
                value={form.forMs}
                onChange={(forMs) => change({ forMs })}
              />
            )}
          </Field>
        )}
      </div>
      {error !== '' && (
        <p role="alert" className={styles.error}>
          {error}
        </p>
      )}
      <div className={styles.buttons}>
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

function Field({ label, children }: { readonly label: string; children(id: string): ReactNode }) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
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
  return (
    <select id={id} className={styles.input} value={value} onChange={(event) => onChange(event.target.value)}>
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

interface TargetProps {
  readonly on: FaultKind['on'];
  readonly choices: readonly string[];
  readonly target: string;
  onTarget(name: string): void;
}

function Target({ on, choices, target, onTarget }: TargetProps) {
  if (on === 'cluster' || on === 'sides') return null;
  return (
    <Field label={TEXT.targets[on]}>
      {(id) =>
        on === 'image' ? (
          <input
            id={id}
            className={styles.input}
            value={target}
            placeholder="nginx:1.27"
            onChange={(event) => onTarget(event.target.value)}
          />
        ) : (
          <select id={id} className={styles.input} value={target} onChange={(event) => onTarget(event.target.value)}>
            {choices.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )
      }
    </Field>
  );
}

/** What a fault of this kind can be done to. */
function useChoices(on: FaultKind['on']): readonly string[] {
  const machines = useMachineNames();
  const addresses = useAddresses();
  const pods = useKeysOfKind('Pod');
  switch (on) {
    case 'machine':
      // Workers first: that is what mostly breaks.
      return machines.toSorted((a, b) => Number(a.includes('control-plane')) - Number(b.includes('control-plane')));
    case 'component':
      return addresses.filter(canCrash);
    case 'etcd':
      return addresses.filter((address) => componentOf(address) === 'etcd');
    case 'pod':
      return pods.map((key) => {
        const { namespace, name } = splitKey(key);
        return `${namespace}/${name}`;
      });
    default:
      return [];
  }
}

interface OptionProps {
  readonly form: BreakForm;
  onChange(changed: Partial<BreakForm>): void;
  readonly name: string;
  readonly option: FaultOption;
  readonly kinds: FaultKinds;
}

function Option({ name, option, form, kinds, onChange }: OptionProps) {
  const label = TEXT.options[name] ?? name;
  const value = form.options[name];
  const set = (given: string | boolean | readonly string[]): void =>
    onChange({ options: { ...form.options, [name]: given } });
  switch (option.type) {
    case 'boolean':
      return (
        <label className={styles.check}>
          <input type="checkbox" checked={value === true} onChange={(event) => set(event.target.checked)} />
          {label}
        </label>
      );
    case 'choice':
      return (
        <Field label={label}>
          {(id) => (
            <select
              id={id}
              className={styles.input}
              value={String(value ?? '')}
              onChange={(event) => set(event.target.value)}
            >
              <option value="">{TEXT.any}</option>
              {option.choices?.map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
            </select>
          )}
        </Field>
      );
    case 'kinds':
      return <Kinds label={label} chosen={Array.isArray(value) ? value : []} kinds={kinds} onChange={set} />;
    case 'number':
      return (
        <Field label={label}>
          {(id) => (
            <input
              id={id}
              className={styles.input}
              inputMode="decimal"
              value={String(value ?? option.default ?? '')}
              onChange={(event) => set(event.target.value)}
            />
          )}
        </Field>
      );
  }
}

function Kinds({
  label,
  chosen,
  kinds,
  onChange,
}: {
  readonly label: string;
  readonly chosen: readonly string[];
  readonly kinds: FaultKinds;
  onChange(chosen: readonly string[]): void;
}) {
  const names = kindsFor(null, kinds).filter((name) => name !== 'chaos' && name !== 'etcd-disk-loss');
  return (
    <details className={styles.kinds}>
      <summary>
        {label}: {chosen.length === 0 ? TEXT.any : chosen.length}
      </summary>
      {names.map((name) => (
        <label key={name} className={styles.check}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))
            }
          />
          {kinds[name]?.title}
        </label>
      ))}
    </details>
  );
}

interface TimeSelectProps {
  readonly id: string;
  readonly zero: string;
  say(time: string): string;
  readonly times: readonly number[];
  readonly value: number;
  onChange(ms: number): void;
}

function TimeSelect({ id, zero, say, times, value, onChange }: TimeSelectProps) {
  return (
    <select id={id} className={styles.input} value={value} onChange={(event) => onChange(Number(event.target.value))}>
      <option value={0}>{zero}</option>
      {times.map((ms) => (
        <option key={ms} value={ms}>
          {say(durationText(ms))}
        </option>
      ))}
    </select>
  );
}

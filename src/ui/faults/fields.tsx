import { type ReactNode, useId } from 'react';
import type { FaultOption } from '../../engine/door.ts';
import parts from '../shared/Form.module.css';
import { durationText } from '../shared/time.ts';
import styles from './faults.module.css';
import { type BreakForm, type FaultKinds, kindsFor } from './form.ts';
import { TEXT } from './messages.ts';

export function Field({ label, children }: { readonly label: string; children(id: string): ReactNode }) {
  const id = useId();
  return (
    <div className={parts.field}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

interface OptionProps {
  readonly form: BreakForm;
  onChange(changed: Partial<BreakForm>): void;
  readonly name: string;
  readonly option: FaultOption;
  readonly kinds: FaultKinds;
}

/** An option of a fault, as its kind asks for it. */
export function Option({ name, option, form, kinds, onChange }: OptionProps) {
  const label = TEXT.options[name] ?? name;
  const value = form.options[name];
  const set = (given: string | boolean | readonly string[]): void =>
    onChange({ options: { ...form.options, [name]: given } });
  switch (option.type) {
    case 'boolean':
      return (
        <label className={parts.check}>
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
              className={parts.input}
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
              className={parts.input}
              inputMode="decimal"
              value={String(value ?? option.default ?? '')}
              onChange={(event) => set(event.target.value)}
            />
          )}
        </Field>
      );
  }
}

interface KindsProps {
  readonly label: string;
  readonly chosen: readonly string[];
  readonly kinds: FaultKinds;
  onChange(chosen: readonly string[]): void;
}

function Kinds({ label, chosen, kinds, onChange }: KindsProps) {
  const names = kindsFor(null, kinds).filter((name) => name !== 'chaos' && name !== 'etcd-disk-loss');
  return (
    <details className={styles.kinds}>
      <summary>
        {label}: {chosen.length === 0 ? TEXT.any : chosen.length}
      </summary>
      {names.map((name) => (
        <label key={name} className={parts.check}>
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

interface TimeFieldProps {
  readonly label: string;
  /** What no time at all is called. */
  readonly zero: string;
  say(time: string): string;
  readonly times: readonly number[];
  readonly value: number;
  onChange(ms: number): void;
}

export function TimeField({ label, zero, say, times, value, onChange }: TimeFieldProps) {
  return (
    <Field label={label}>
      {(id) => (
        <select
          id={id}
          className={parts.input}
          value={value}
          onChange={(event) => onChange(Number(event.target.value))}
        >
          <option value={0}>{zero}</option>
          {times.map((ms) => (
            <option key={ms} value={ms}>
              {say(durationText(ms))}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Narrows a long list by a part of the name. */
export function Narrow({
  of,
  text,
  onText,
}: {
  readonly of: number;
  readonly text: string;
  onText(text: string): void;
}) {
  return (
    <input
      type="search"
      className={parts.input}
      value={text}
      placeholder={TEXT.narrow(of)}
      aria-label={TEXT.narrow(of)}
      onChange={(event) => onText(event.target.value)}
    />
  );
}

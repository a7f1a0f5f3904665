import { type FormEvent, type InputHTMLAttributes, useId, useRef, useState } from 'react';
import { Button } from '../../shared/Button.tsx';
import { Dialog } from '../../shared/Dialog.tsx';
import parts from '../../shared/Form.module.css';
import { cluster } from '../../store/cluster.ts';
import { playback } from '../../store/playback.ts';
import { view } from '../../store/view.ts';
import { TEXT } from '../messages.ts';
import { DEFAULT_FORM, type FormErrors, MOST_WORKERS, type NewClusterForm, readForm } from './new-cluster-form.ts';

const close = (): void => view.setState({ dialog: null });

/** As it was last written, for the next cluster. */
let last = DEFAULT_FORM;

/** Options of another cluster; making it throws the current one away. */
export function NewClusterDialog() {
  const [form, setForm] = useState(last);
  const [errors, setErrors] = useState<FormErrors>({});
  const element = useRef<HTMLFormElement>(null);
  const change = (changed: Partial<NewClusterForm>): void => {
    last = { ...form, ...changed };
    setForm(last);
    // While it is corrected a sentence may go, but none comes.
    const read = readForm(last);
    const now = 'errors' in read ? read.errors : {};
    setErrors((old) => Object.fromEntries(Object.entries(old).filter(([name]) => name in now)));
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const read = readForm(form);
    if ('errors' in read) {
      setErrors(read.errors);
      const [first] = Object.keys(read.errors);
      element.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
      return;
    }
    cluster().create(read.options, { playing: true, speed: playback.getState().speed });
    close();
  };
  const field = (name: Exclude<keyof NewClusterForm, 'addons' | 'profile'>) => ({
    name,
    value: form[name],
    error: errors[name],
    onValue: (value: string) => change({ [name]: value }),
  });
  return (
    <Dialog title={TEXT.newCluster} closeLabel={TEXT.close} onClose={close}>
      <form ref={element} noValidate onSubmit={onSubmit} className={parts.form}>
        <Profile value={form.profile} onValue={(profile) => change({ profile })} />
        <Field
          {...field('controlPlanes')}
          label={TEXT.controlPlanes}
          inputMode="numeric"
          placeholder={form.profile === 'ha' ? '3' : '1'}
          hint={TEXT.controlPlanesHint}
        />
        <Field {...field('workers')} label={TEXT.workers} inputMode="numeric" hint={`1 to ${MOST_WORKERS}`} />
        <Field
          {...field('etcdMembers')}
          label={TEXT.etcdMembers}
          inputMode="numeric"
          placeholder={form.profile === 'ha' ? '3' : form.controlPlanes || '1'}
          hint={TEXT.etcdMembersHint}
        />
        <Field {...field('cpu')} label={TEXT.cpuPerNode} />
        <Field {...field('memory')} label={TEXT.memoryPerNode} />
        <Field {...field('zones')} label={TEXT.zones} placeholder="a, b, c" />
        <Field {...field('seed')} label={TEXT.seed} inputMode="numeric" />
        <label className={parts.check}>
          <input
            type="checkbox"
            name="addons"
            checked={form.addons}
            onChange={(event) => change({ addons: event.target.checked })}
          />
          {TEXT.addons}
        </label>
        <p className={parts.note}>{TEXT.newClusterNote}</p>
        <div className={parts.buttons}>
          <Button onClick={close}>{TEXT.cancel}</Button>
          <Button type="submit" look="primary">
            {TEXT.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface ProfileProps {
  readonly value: NewClusterForm['profile'];
  onValue(profile: NewClusterForm['profile']): void;
}

function Profile({ value, onValue }: ProfileProps) {
  const id = useId();
  return (
    <div className={parts.field}>
      <label htmlFor={id}>{TEXT.profile}</label>
      <select
        id={id}
        name="profile"
        className={parts.input}
        value={value}
        onChange={(event) => onValue(event.target.value === 'ha' ? 'ha' : 'kind')}
      >
        <option value="kind">{TEXT.profiles.kind}</option>
        <option value="ha">{TEXT.profiles.ha}</option>
      </select>
    </div>
  );
}

interface FieldProps extends Pick<InputHTMLAttributes<HTMLInputElement>, 'placeholder' | 'inputMode'> {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error?: string;
  readonly hint?: string;
  onValue(value: string): void;
}

function Field({ name, label, error, hint, onValue, ...rest }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={parts.field}>
      <label htmlFor={id}>{label}</label>
      <div>
        <input
          id={id}
          name={name}
          className={parts.input}
          autoComplete="off"
          aria-invalid={error !== undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          onChange={(event) => onValue(event.target.value)}
          {...rest}
        />
        {note !== undefined && (
          <p id={`${id}-note`} className={error === undefined ? parts.note : parts.error}>
            {note}
          </p>
        )}
      </div>
    </div>
  );
}

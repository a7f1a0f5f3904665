import { type FormEvent, useId } from 'react';
import type { ClusterOptions } from '../../../engine/door.ts';
import { Button } from '../../shared/Button.tsx';
import { Dialog } from '../../shared/Dialog.tsx';
import { cluster } from '../../store/cluster.ts';
import { playback } from '../../store/playback.ts';
import { view } from '../../store/view.ts';
import { TEXT } from '../messages.ts';
import styles from './dialogs.module.css';

const close = (): void => view.setState({ dialog: null });

/** Options of another cluster; making it throws the current one away. */
export function NewClusterDialog() {
  const onSubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    cluster().create(optionsOf(new FormData(event.currentTarget)), {
      playing: true,
      speed: playback.getState().speed,
    });
    view.setState({ dialog: null, selection: null });
  };
  return (
    <Dialog title={TEXT.newCluster} closeLabel={TEXT.close} onClose={close}>
      <form onSubmit={onSubmit} className={styles.form}>
        <Field name="workers" label={TEXT.workers} type="number" min={0} max={50} defaultValue="3" />
        <Field name="cpu" label={TEXT.cpuPerNode} defaultValue="8" pattern="[0-9.]+m?" />
        <Field name="memory" label={TEXT.memoryPerNode} defaultValue="16Gi" pattern="[0-9.]+([KMGT]i?)?" />
        <Field name="zones" label={TEXT.zones} defaultValue="" placeholder="a, b, c" />
        <Field name="seed" label={TEXT.seed} type="number" min={0} defaultValue="1" />
        <p className={styles.note}>{TEXT.newClusterNote}</p>
        <div className={styles.buttons}>
          <Button onClick={close}>{TEXT.cancel}</Button>
          <Button type="submit" look="primary">
            {TEXT.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly defaultValue: string;
  readonly type?: 'number' | 'text';
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly placeholder?: string;
}

function Field({ name, label, type = 'text', ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input id={id} name={name} type={type} className={styles.input} autoComplete="off" {...rest} />
    </div>
  );
}

/** What the form says; an empty field leaves the engine's default. */
export function optionsOf(form: FormData): ClusterOptions {
  const text = (name: string): string => String(form.get(name) ?? '').trim();
  const number = (name: string): number | undefined => (text(name) === '' ? undefined : Number(text(name)));
  const zones = text('zones')
    .split(',')
    .map((zone) => zone.trim())
    .filter((zone) => zone !== '');
  return {
    seed: number('seed'),
    workers: number('workers'),
    zones: zones.length > 0 ? zones : undefined,
    nodeResources: { cpu: text('cpu') || undefined, memory: text('memory') || undefined },
  };
}

import { Button } from '../shared/Button.tsx';
import { useAddresses, useMachineNames } from '../store/selectors.ts';
import { putOn, startDrawing } from './drawing.ts';
import styles from './faults.module.css';
import type { BreakForm } from './form.ts';
import { TEXT } from './messages.ts';

interface SidesProps {
  readonly form: BreakForm;
  onChange(changed: Partial<BreakForm>): void;
}

/** Draws a line through the cluster: who stands on which side of it. */
export function Sides({ form, onChange }: SidesProps) {
  const machines = useMachineNames();
  const addresses = useAddresses();
  const chosen = [...form.a, ...form.b];
  const isOpen = chosen.some((name) => name.includes('@'));
  const row = (name: string) => (
    <SideRow key={name} name={name} form={form} onChange={(side) => onChange(putOn(form, [name], side))} />
  );
  return (
    <fieldset className={styles.sides}>
      <legend>{TEXT.sides}</legend>
      <div className={styles.sidesList}>
        {[...machines, 'laptop'].map(row)}
        <details open={isOpen}>
          <summary>{TEXT.components}</summary>
          {addresses.filter((address) => !SILENT.test(address)).map(row)}
        </details>
      </div>
      <p className={styles.sidesFoot}>
        <span className={styles.note}>{TEXT.sidesHint}</span>
        <Button small onClick={() => startDrawing(form)}>
          {TEXT.onDiagram}
        </Button>
      </p>
    </fieldset>
  );
}

/** What speaks to nobody on another machine. */
const SILENT = /^(machine|kubectl|cni|kubeadm)@/;

const CHOICES = [
  ['a', TEXT.sideA],
  ['b', TEXT.sideB],
  ['', TEXT.neither],
] as const;

function SideRow({
  name,
  form,
  onChange,
}: {
  readonly name: string;
  readonly form: BreakForm;
  onChange(side: 'a' | 'b' | ''): void;
}) {
  const side = form.a.includes(name) ? 'a' : form.b.includes(name) ? 'b' : '';
  const said = name === 'laptop' ? TEXT.laptop : name;
  return (
    <div role="radiogroup" aria-label={said} className={styles.side} data-side={side}>
      <span className={styles.grow}>{said}</span>
      {CHOICES.map(([value, label]) => (
        <label key={value} className={styles.choice}>
          <input type="radio" name={`side ${name}`} checked={side === value} onChange={() => onChange(value)} />
          {label}
        </label>
      ))}
    </div>
  );
}

import { useState } from 'react';
import { Button } from '../shared/Button.tsx';
import parts from '../shared/Form.module.css';
import { useAddresses, useMachineNames } from '../store/selectors.ts';
import { putOn, startDrawing } from './drawing.ts';
import styles from './faults.module.css';
import { FEW, few } from './few.ts';
import { Narrow } from './fields.tsx';
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
  const [asked, setAsked] = useState('');
  const chosen = [...form.a, ...form.b];
  const [showsComponents, setShowsComponents] = useState(chosen.some((name) => name.includes('@')));
  const components = addresses.filter((address) =>
    showsComponents ? !SILENT.test(address) : chosen.includes(address),
  );
  const names = [...machines, 'laptop', ...components];
  const isLong = names.length > FEW;
  const { shown, more } = few(names, chosen, isLong ? asked : '');
  return (
    <fieldset className={styles.sides}>
      <legend>{TEXT.sides}</legend>
      {isLong && <Narrow of={names.length} text={asked} onText={setAsked} />}
      <div className={styles.sidesList}>
        {shown.map((name) => (
          <SideRow key={name} name={name} form={form} onChange={(side) => onChange(putOn(form, [name], side))} />
        ))}
        {shown.length === 0 && <p className={parts.note}>{TEXT.noneNamed}</p>}
        {more > 0 && <p className={parts.note}>{TEXT.andMore(more)}</p>}
      </div>
      <label className={parts.check}>
        <input
          type="checkbox"
          checked={showsComponents}
          onChange={(event) => setShowsComponents(event.target.checked)}
        />
        {TEXT.components}
      </label>
      <p className={styles.sidesFoot}>
        <span className={parts.note}>{TEXT.sidesHint}</span>
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

interface SideRowProps {
  readonly name: string;
  readonly form: BreakForm;
  onChange(side: 'a' | 'b' | ''): void;
}

function SideRow({ name, form, onChange }: SideRowProps) {
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

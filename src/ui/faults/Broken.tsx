import type { ActiveFault } from '../../engine/door.ts';
import { ActButton } from '../shared/ActButton.tsx';
import { Button } from '../shared/Button.tsx';
import parts from '../shared/Form.module.css';
import { attempt } from '../store/cluster.ts';
import { useFaults, useNow, usePlannedFaults } from '../store/selectors.ts';
import styles from './faults.module.css';
import { TEXT } from './messages.ts';
import { timeLeft, wholeSeconds } from './time-left.ts';

/** What is broken now and what will be, with the time that is left; each can be healed or called off. */
export function Broken() {
  const faults = useFaults();
  const planned = usePlannedFaults();
  const now = useNow(1000);
  if (faults.length + planned.length === 0) return null;
  return (
    <section className={parts.section}>
      <h3 className={parts.heading}>{TEXT.brokenNow}</h3>
      <ul className={parts.list}>
        {faults.map((fault) => (
          <Row key={fault.id} fault={fault} note={timeLeft(fault, now)} button={TEXT.heal} />
        ))}
        {planned.map((fault) => (
          <Row key={fault.id} fault={fault} note={TEXT.inTime(wholeSeconds(fault.since - now))} button={TEXT.callOff} />
        ))}
      </ul>
      {faults.length > 1 && <ActButton id="heal-all" />}
    </section>
  );
}

function Row({ fault, note, button }: { readonly fault: ActiveFault; readonly note: string; readonly button: string }) {
  return (
    <li className={parts.row}>
      <span className={styles.grow}>
        {fault.sentence} <small className={parts.note}>{note}</small>
      </span>
      <Button
        small
        aria-label={`${button}: ${fault.sentence}`}
        onClick={() => void attempt({ act: 'heal', id: fault.id })}
      >
        {button}
      </Button>
    </li>
  );
}

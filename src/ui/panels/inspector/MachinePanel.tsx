import { Badge } from '../../shared/Badge.tsx';
import { Icon } from '../../shared/icons.tsx';
import { bytesText } from '../../shared/quantity.ts';
import { useMachine } from '../../store/selectors.ts';
import { BreakIt } from './BreakIt.tsx';
import { TEXT } from './messages.ts';
import { cpuText } from './numbers.ts';
import styles from './panels.module.css';
import { ComponentLink, Facts, Head, Lead, Section } from './parts.tsx';
import { COMPONENTS } from './what-is.ts';

/** A computer that has no Node object. */
export function MachinePanel({ name }: { readonly name: string }) {
  const machine = useMachine(name);
  return (
    <>
      <Head
        kicker={TEXT.machine}
        title={name}
        badge={
          machine !== undefined && (
            <Badge tone={machine.powered ? 'good' : 'bad'}>
              <Icon name="power" size={11} />
              {machine.powered ? TEXT.on : TEXT.off}
            </Badge>
          )
        }
      >
        <Lead>{COMPONENTS.machine?.does}</Lead>
      </Head>
      {machine !== undefined && (
        <Section title={TEXT.status}>
          <Facts
            rows={[
              [TEXT.internalIP, machine.internalIP],
              [TEXT.cpu, cpuText(machine.cpuMillis)],
              [TEXT.memory, bytesText(machine.memoryBytes)],
              [TEXT.boots, machine.boots],
            ]}
          />
          <ul className={styles.plain}>
            {machine.running.map((component) => (
              <li key={component}>
                <ComponentLink address={`${component}@${name}`} short />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <BreakIt target={{ type: 'machine', name }} />
    </>
  );
}

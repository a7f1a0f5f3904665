import type { ComponentView } from '../../../../engine/door.ts';
import { durationText } from '../../../shared/time.ts';
import { Decision, type DecisionFields } from '../Decision.tsx';
import { TEXT } from '../messages.ts';
import { Note, ObjectLink, Section } from '../parts.tsx';
import styles from './component.module.css';

interface Waiting {
  readonly pod: string;
  readonly attempts: number;
  readonly refusedBy?: readonly string[];
  readonly gate?: string;
  readonly endsInMs?: number;
}

type Queue = 'active' | 'backoff' | 'unschedulable' | 'binding';

interface SchedulerFields {
  readonly counts: Readonly<Record<Queue, number>>;
  readonly active: readonly Waiting[];
  readonly backoff: readonly Waiting[];
  readonly unschedulable: readonly Waiting[];
  readonly binding: readonly { readonly pod: string; readonly node: string }[];
  readonly lastDecision: DecisionFields;
}

const QUEUES: readonly { readonly id: Queue; readonly label: string }[] = [
  { id: 'active', label: TEXT.queueActive },
  { id: 'backoff', label: TEXT.queueBackoff },
  { id: 'unschedulable', label: TEXT.queueUnschedulable },
  { id: 'binding', label: TEXT.queueBinding },
];

export function Scheduler({ process }: { readonly process: ComponentView }) {
  const fields = process.view as Partial<SchedulerFields>;
  return (
    <>
      <Section title={TEXT.lastDecision}>
        {fields.lastDecision === undefined ? (
          <Note>{TEXT.noDecision}</Note>
        ) : (
          <Decision decision={fields.lastDecision} withPod />
        )}
      </Section>
      <Section title={TEXT.queues}>
        <dl className={styles.queues}>
          {QUEUES.map(({ id, label }) => (
            <div key={id} className={styles.queue} title={TEXT.queueMeans[id]}>
              <dt>{label}</dt>
              <dd>{fields.counts?.[id] ?? 0}</dd>
              <dd className={styles.means}>{TEXT.queueMeans[id]}</dd>
              <dd className={styles.queued}>
                {(fields[id] ?? []).slice(0, 8).map((item) => (
                  <div key={item.pod}>
                    <ObjectLink of={`Pod/${item.pod}`} />{' '}
                    <small>{'node' in item ? `→ ${item.node}` : waitText(item)}</small>
                  </div>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </Section>
    </>
  );
}

function waitText({ attempts, refusedBy, gate, endsInMs }: Waiting): string {
  const parts = [
    attempts > 0 && TEXT.attempts(attempts),
    endsInMs !== undefined && durationText(endsInMs),
    gate,
    refusedBy?.join(', '),
  ];
  return parts.filter(Boolean).join(' · ');
}

import { Icon } from '../../../shared/icons.tsx';
import { ageText, virtualTime } from '../api-time.ts';
import { TEXT } from '../messages.ts';
import { Section } from '../parts.tsx';
import { useSecond } from '../use-slow.ts';
import styles from './object.module.css';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** Conditions of which True is bad news. */
const BAD_WHEN_TRUE = /Pressure$|^NetworkUnavailable$|^ReplicaFailure$|^DisruptionTarget$/;

/** The conditions of an object, each with its reason. */
export function Conditions({ of }: { readonly of: readonly Condition[] | undefined }) {
  const now = useSecond();
  if (of === undefined || of.length === 0) return null;
  return (
    <Section title={TEXT.conditions}>
      <table className={styles.table} aria-label={TEXT.conditions}>
        <thead>
          <tr>
            <th scope="col">{TEXT.condition}</th>
            <th scope="col">{TEXT.status}</th>
            <th scope="col" className={styles.end}>
              {TEXT.since2}
            </th>
          </tr>
        </thead>
        <tbody>
          {of.map((condition) => (
            <tr key={condition.type}>
              <th scope="row">
                {condition.type}
                {condition.reason !== undefined && condition.reason !== '' && (
                  <small className={styles.block} title={condition.message}>
                    {condition.reason}
                  </small>
                )}
                {isWrong(condition) && condition.message && <small className={styles.block}>{condition.message}</small>}
              </th>
              <td>
                <Status condition={condition} />
              </td>
              <td className={styles.end}>{ageText(now, virtualTime(condition.lastTransitionTime))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

const isWrong = ({ type, status }: Condition): boolean =>
  status === 'Unknown' || (status === 'True') === BAD_WHEN_TRUE.test(type);

function Status({ condition }: { readonly condition: Condition }) {
  const { status } = condition;
  const isBad = isWrong(condition);
  return (
    <span className={isBad ? styles.bad : styles.good}>
      <Icon name={isBad ? 'warning' : 'check'} size={11} /> {status}
    </span>
  );
}

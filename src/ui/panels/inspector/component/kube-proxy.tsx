import type { ComponentView } from '../../../../engine/door.ts';
import { showTab } from '../../../app/acts.ts';
import { Button } from '../../../shared/Button.tsx';
import { durationText } from '../../../shared/time.ts';
import { TEXT } from '../messages.ts';
import { spaced, whenText } from '../numbers.ts';
import { Facts, Note, ObjectLink, Section, Sure } from '../parts.tsx';
import styles from './component.module.css';

interface KubeProxyFields {
  readonly mode: string;
  readonly synced: boolean;
  readonly services: number;
  readonly endpoints: number;
  readonly waiting: readonly string[];
  readonly lagMs: number;
  readonly lastSync: {
    readonly at: number;
    readonly full: boolean;
    readonly services: number;
    readonly added: readonly string[];
    readonly removed: readonly string[];
  } | null;
}

export function KubeProxy({ process }: { readonly process: ComponentView }) {
  const fields = process.view as Partial<KubeProxyFields>;
  const { mode, services, endpoints, waiting = [], lagMs = 0, lastSync } = fields;
  return (
    <>
      <Section title={TEXT.rules}>
        <Facts
          rows={[
            mode !== undefined && [TEXT.mode, mode],
            [TEXT.services, spaced(services)],
            [TEXT.endpoints, spaced(endpoints)],
            [TEXT.lag, lagMs > 0 || waiting.length > 0 ? durationText(lagMs) : <Sure key="" is yes={TEXT.inSync} />],
            waiting.length > 0 && [
              TEXT.waitingServices,
              waiting.map((name) => (
                <div key={name}>
                  <ObjectLink of={`Service/${name}`}>{name}</ObjectLink>
                </div>
              )),
            ],
          ]}
        />
        <Note icon="info">{TEXT.proxyNote}</Note>
        <Button small className={styles.more} onClick={() => showTab('rules')}>
          {TEXT.showRules}
        </Button>
      </Section>
      {lastSync && (
        <Section title={TEXT.lastRuleSync}>
          <Note>
            {whenText(lastSync.at, TEXT.beforeStart)}:{' '}
            {lastSync.full ? TEXT.fullSync : TEXT.partialSync(lastSync.services)}
          </Note>
          {lastSync.added.length + lastSync.removed.length === 0 ? (
            <Note>{TEXT.noRuleChange}</Note>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
            <section className={styles.diff} tabIndex={0} aria-label={TEXT.changedRules}>
              {lastSync.removed.map((line) => (
                <Line key={`- ${line}`} sign="−" label={TEXT.removed} line={line} className={styles.removed} />
              ))}
              {lastSync.added.map((line) => (
                <Line key={`+ ${line}`} sign="+" label={TEXT.added} line={line} className={styles.added} />
              ))}
            </section>
          )}
        </Section>
      )}
    </>
  );
}

function Line({ sign, label, line, className }: { sign: string; label: string; line: string; className?: string }) {
  return (
    <span className={`${styles.ruleLine} ${className}`}>
      <span aria-hidden="true">{sign} </span>
      <span className="visually-hidden">{label}: </span>
      {line}
    </span>
  );
}

import type { ComponentView } from '../../../../engine/door.ts';
import { Table } from '../../../shared/Table.tsx';
import { TEXT } from '../messages.ts';
import { spaced } from '../numbers.ts';
import { Facts, Section } from '../parts.tsx';
import styles from './component.module.css';

interface ApiServerFields {
  readonly phase: string;
  readonly revision: number;
  readonly served: number;
  readonly objects: number;
  /** Open watches by the etcd prefix that they follow. */
  readonly watches: Readonly<Record<string, number>>;
  readonly waiting: number;
}

export function ApiServer({ process }: { readonly process: ComponentView }) {
  const { phase, revision, served, objects, watches = {}, waiting } = process.view as Partial<ApiServerFields>;
  const rows = Object.entries(watches).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  return (
    <>
      <Section title={TEXT.status}>
        <Facts
          rows={[
            phase !== undefined && [TEXT.apiPhase, phase],
            [TEXT.waitingRequests, spaced(waiting)],
            [TEXT.served, spaced(served)],
            [TEXT.watchCount, spaced(total)],
            [TEXT.objectsHeld, spaced(objects)],
            [TEXT.revision, spaced(revision)],
          ]}
        />
      </Section>
      <Section title={TEXT.pipeline}>
        <ol className={styles.stages}>
          {TEXT.stages.map(([name, what]) => (
            <li key={name}>
              <b>{name}</b> <span>{what}</span>
            </li>
          ))}
        </ol>
      </Section>
      {rows.length > 0 && (
        <Section title={TEXT.resources}>
          <Table
            label={TEXT.resources}
            rows={rows}
            rowKey={([prefix]) => prefix}
            columns={[
              { id: 'of', label: TEXT.watchOf, mono: true, cell: ([prefix]) => resourceOf(prefix) },
              { id: 'count', label: TEXT.watchersOf, align: 'end', cell: ([, count]) => count },
            ]}
          />
        </Section>
      )}
    </>
  );
}

/** etcd's old names for two resources are not what anybody calls them. */
function resourceOf(prefix: string): string {
  const path = prefix.replace(/^\/registry\//, '').replace(/\/$/, '');
  return path.replace(/^minions/, 'nodes').replace(/^services\/specs/, 'services');
}

import type { Endpoint, EndpointSlice } from '../../../../engine/api/generated/types.ts';
import { Badge } from '../../../shared/Badge.tsx';
import { Icon } from '../../../shared/icons.tsx';
import { Table } from '../../../shared/Table.tsx';
import { useObject } from '../../../store/selectors.ts';
import { TEXT } from '../messages.ts';
import { Note, ObjectLink, Section } from '../parts.tsx';
import styles from './object.module.css';

export function EndpointSliceBody({ of }: { readonly of: string }) {
  const slice = useObject<EndpointSlice>(of);
  if (slice === undefined) return null;
  return (
    <Section title={TEXT.endpoints}>
      <EndpointTable endpoints={slice.endpoints ?? []} namespace={slice.metadata.namespace ?? ''} />
    </Section>
  );
}

const MAX_ROWS = 50;

export function EndpointTable({ endpoints, namespace }: { endpoints: readonly Endpoint[]; namespace: string }) {
  return (
    <>
      <Table
        label={TEXT.endpoints}
        rows={endpoints.slice(0, MAX_ROWS)}
        rowKey={({ addresses, targetRef }) => `${addresses?.[0]} ${targetRef?.name}`}
        empty={TEXT.none}
        columns={[
          { id: 'address', label: TEXT.address, mono: true, cell: ({ addresses }) => addresses?.[0] },
          {
            id: 'pod',
            label: TEXT.pod,
            cell: ({ targetRef, nodeName }) => (
              <>
                {targetRef?.kind === 'Pod' ? (
                  <ObjectLink of={`Pod/${targetRef.namespace ?? namespace}/${targetRef.name}`} />
                ) : null}
                <small className={styles.block}>{nodeName}</small>
              </>
            ),
          },
          { id: 'state', label: TEXT.state, cell: ({ conditions }) => <State conditions={conditions} /> },
        ]}
      />
      {endpoints.length > MAX_ROWS && <Note>{TEXT.more(endpoints.length - MAX_ROWS)}</Note>}
    </>
  );
}

/** A missing `ready` counts as ready. */
function State({ conditions }: { readonly conditions: Endpoint['conditions'] }) {
  if (conditions?.terminating === true) {
    return <Badge tone="warn">{conditions.serving ? `${TEXT.terminating}, ${TEXT.serving}` : TEXT.terminating}</Badge>;
  }
  const isReady = conditions?.ready !== false;
  return (
    <Badge tone={isReady ? 'good' : 'warn'}>
      <Icon name={isReady ? 'check' : 'warning'} size={11} />
      {isReady ? TEXT.ready : TEXT.notReady}
    </Badge>
  );
}

import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { hueOf } from '../../shared/hues.ts';
import { componentOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useAddresses, useComponent, useMirror } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import type { FlowNode } from '../graph.ts';
import { TEXT } from '../messages.ts';
import { Part } from '../Part.tsx';
import styles from './api-server.module.css';

/** The bar through which everything goes. */
export const ApiServerNode = memo(function ApiServerNode(_: NodeProps<FlowNode>) {
  const addresses = useAddresses().filter((address) => componentOf(address) === 'apiserver');
  const process = useComponent(addresses.find((address) => mirror.component(address)?.running) ?? addresses[0] ?? '');
  const isLit = useIsLit('apiserver');
  const isDown = process?.running !== true;
  const view = (process?.view ?? {}) as Record<string, unknown>;
  const figures = [
    typeof view.watchers === 'number' ? `watchers ${view.watchers}` : undefined,
    typeof view.requestsPerMinute === 'number' ? `${view.requestsPerMinute} req/min` : undefined,
  ].filter((figure) => figure !== undefined);
  const stage = typeof view.stage === 'string' ? view.stage : undefined;
  const classes = [styles.bar, isLit && styles.lit, isDown && styles.down];
  return (
    <Part
      id="apiserver"
      label={`API server, ${isDown ? TEXT.down : 'running'}${figures.length > 0 ? `, ${figures.join(', ')}` : ''}`}
      className={classes.filter(Boolean).join(' ')}
      style={{ '--hue': hueOf('apiserver') }}
    >
      <b className={styles.name}>{TEXT.apiserver}</b>
      {isDown ? (
        <span className={styles.isDown}>{TEXT.down}</span>
      ) : (
        <span className={styles.stages}>
          {TEXT.stages.map((name) => (
            <span key={name} className={name === stage ? `${styles.stage} ${styles.current}` : styles.stage}>
              {name}
            </span>
          ))}
        </span>
      )}
      <span className={styles.figures}>{figures.join('  ')}</span>
      <Counts />
    </Part>
  );
});

function Counts() {
  const pods = useMirror('kind:Pod', () => mirror.countOfKind('Pod'));
  const services = useMirror('kind:Service', () => mirror.countOfKind('Service'));
  const nodes = useMirror('kind:Node', () => mirror.countOfKind('Node'));
  return <span className={styles.figures}>{`pods ${pods} · svc ${services} · nodes ${nodes}`}</span>;
}

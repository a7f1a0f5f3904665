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
    typeof view.watches === 'object' ? `watches ${sum(view.watches)}` : undefined,
    typeof view.served === 'number' ? `served ${view.served}` : undefined,
  ].filter((figure) => figure !== undefined);
  const stage = useMirror('in-flight', stageNow);
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
          {TEXT.stages.map((name, i) => {
            const how =
              stage === undefined
                ? ''
                : i < stage.at
                  ? styles.passed
                  : i > stage.at
                    ? ''
                    : stage.refused
                      ? styles.refused
                      : styles.current;
            return (
              <span key={name} className={`${styles.stage} ${how}`}>
                {name}
              </span>
            );
          })}
        </span>
      )}
      <span className={styles.figures}>{figures.join('  ')}</span>
      <Counts />
    </Part>
  );
});

function sum(watches: object | null): number {
  return Object.values(watches ?? {}).reduce((total: number, count: unknown) => total + Number(count), 0);
}

interface Stage {
  /** Index in TEXT.stages. */
  readonly at: number;
  readonly refused: boolean;
}

const VALIDATION = 3;
const ETCD = 4;
const WRITING: Stage = { at: ETCD, refused: false };
const CONFLICT: Stage = { at: ETCD, refused: true };
const INVALID: Stage = { at: VALIDATION, refused: true };

/** How far the newest request has come, as far as messages tell: into etcd, or refused on the way there. */
function stageNow(): Stage | undefined {
  for (const { traffic, periodic, failed, label, from } of mirror.inFlight) {
    if (periodic) continue;
    if (traffic === 'etcd' && componentOf(from) === 'apiserver') return WRITING;
    if (failed === true && label.startsWith('422')) return INVALID;
    if (failed === true && label.startsWith('409')) return CONFLICT;
  }
  return undefined;
}

function Counts() {
  const pods = useMirror('kind:Pod', () => mirror.countOfKind('Pod'));
  const services = useMirror('kind:Service', () => mirror.countOfKind('Service'));
  const nodes = useMirror('kind:Node', () => mirror.countOfKind('Node'));
  return <span className={styles.figures}>{`pods ${pods} · svc ${services} · nodes ${nodes}`}</span>;
}

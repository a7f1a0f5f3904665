import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { hueOf } from '../../shared/hues.ts';
import { hostOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useComponent, useMirror } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import { useDrawn, useHostName } from '../context.ts';
import type { FlowNode } from '../graph.ts';
import { TEXT } from '../messages.ts';
import { Part } from '../Part.tsx';
import styles from './api-server.module.css';
import bar from './Bar.module.css';

/** An API server: alone it is the bar through which everything goes, several stand side by side. */
export const ApiServerNode = memo(function ApiServerNode({ id: address }: NodeProps<FlowNode>) {
  const hostName = useHostName();
  const isAlone = useDrawn().layout.apiservers.length === 1;
  const process = useComponent(address);
  const isLit = useIsLit(address);
  const isDown = process?.running !== true;
  const view = (process?.view ?? {}) as Record<string, unknown>;
  const figures = [
    typeof view.watches === 'object' ? `watches ${sum(view.watches)}` : undefined,
    typeof view.served === 'number' ? `served ${view.served}` : undefined,
  ].filter((figure) => figure !== undefined);
  const classes = [bar.bar, styles.server, isLit && bar.lit, isDown && bar.down];
  const name = isAlone ? TEXT.apiserver : TEXT.on(TEXT.apiserver, hostOf(address));
  return (
    <Part
      id={address}
      label={`${name}, ${isDown ? TEXT.down : 'running'}${figures.length > 0 ? `, ${figures.join(', ')}` : ''}`}
      className={classes.filter(Boolean).join(' ')}
      style={{ '--hue': hueOf('apiserver') }}
    >
      <span className={styles.who}>
        <b className={styles.name}>{TEXT.apiserver}</b>
        {!isAlone && (
          <span className={styles.host}>
            {hostName(hostOf(address))}
            {isDown && <b className={styles.short}> {TEXT.down}</b>}
          </span>
        )}
      </span>
      {isDown ? <span className={styles.isDown}>{TEXT.down}</span> : <Stages address={address} isAlone={isAlone} />}
      {figures.length > 0 && <span className={styles.figures}>{figures.slice(isAlone ? 0 : 1).join('  ')}</span>}
      {isAlone && <Counts />}
    </Part>
  );
});

/** What a request passes; where there is no room for all, only where it is now. */
function Stages({ address, isAlone }: { readonly address: string; readonly isAlone: boolean }) {
  const stage = useMirror('in-flight', () => stageNow(address));
  const look = (i: number): string | undefined => {
    if (stage === undefined || i > stage.at) return '';
    if (i < stage.at) return styles.passed;
    return stage.refused ? styles.refused : styles.current;
  };
  return (
    <span className={styles.stages}>
      {TEXT.stages.map(
        (name, i) =>
          (isAlone || i === stage?.at) && (
            <span key={name} className={`${styles.stage} ${look(i)}`}>
              {name}
            </span>
          ),
      )}
    </span>
  );
}

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
function stageNow(address: string): Stage | undefined {
  for (const { traffic, periodic, failed, label, from } of mirror.inFlight) {
    if (periodic || from !== address) continue;
    if (traffic === 'etcd') return WRITING;
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

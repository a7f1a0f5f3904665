import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { hueOf } from '../../shared/hues.ts';
import { hostOf } from '../../store/keys.ts';
import { useComponent, useMachine } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import { useHostName } from '../context.ts';
import type { FlowNode } from '../graph.ts';
import { TEXT } from '../messages.ts';
import { Part } from '../Part.tsx';
import bar from './Bar.module.css';
import styles from './load-balancer.module.css';
import { fieldsOf } from './use-process.ts';

interface Backend {
  readonly address: string;
  readonly up: boolean;
  readonly connections?: number;
}

/** What stands in front of several API servers, and which of them it takes for well. */
export const LoadBalancerNode = memo(function LoadBalancerNode({ id: address }: NodeProps<FlowNode>) {
  const hostName = useHostName();
  const process = useComponent(address);
  const machine = useMachine(hostOf(address));
  const isLit = useIsLit(address);
  const isDown = process?.running !== true || machine?.powered === false;
  const backends = (fieldsOf(process).backends ?? []) as readonly Backend[];
  const up = backends.filter((backend) => backend.up).length;
  const classes = [bar.bar, styles.balancer, isLit && bar.lit, isDown && bar.down];
  return (
    <Part
      id={address}
      label={`${TEXT.loadBalancer}, ${isDown ? TEXT.down : `running, ${TEXT.backends(up, backends.length)}`}`}
      className={classes.filter(Boolean).join(' ')}
      style={{ '--hue': hueOf('load-balancer') }}
    >
      <b>{TEXT.loadBalancer}</b>
      <span className={isDown ? `${styles.host} ${styles.isDown}` : styles.host}>
        {isDown ? TEXT.down : `${hostOf(address)} · ${TEXT.haproxy}`}
      </span>
      {!isDown &&
        backends.map((backend) => (
          <span
            key={backend.address}
            className={backend.up ? styles.backend : `${styles.backend} ${styles.out}`}
            title={backend.up ? TEXT.takesRequests : TEXT.getsNone}
          >
            {backend.up ? '●' : '✕'} {hostName(hostOf(backend.address))}
            {backend.connections !== undefined && backend.up && <i> {backend.connections}</i>}
          </span>
        ))}
    </Part>
  );
});

import { MiniMap } from '@xyflow/react';
import { useDrawn } from './context.ts';
import type { FlowNode } from './graph.ts';
import { TEXT } from './messages.ts';
import styles from './Overview.module.css';

const COLOURS: Partial<Record<string, string>> = {
  etcd: 'var(--hue-etcd)',
  scheduler: 'var(--hue-scheduler)',
  controllerManager: 'var(--hue-controller-manager)',
  apiserver: 'var(--hue-apiserver)',
  service: 'var(--hue-kube-proxy)',
  region: 'transparent',
};

const colourOf = (node: FlowNode): string => COLOURS[node.type ?? ''] ?? 'var(--line-strong)';

/** Fewer nodes than this are seen at a glance without a map. */
const WORTH_A_MAP = 13;

/** The whole cluster, small, with the part that is in view. */
export function Overview() {
  const { layout } = useDrawn();
  if (layout.machines.length < WORTH_A_MAP) return null;
  return (
    <MiniMap<FlowNode>
      className={styles.map}
      position="bottom-left"
      ariaLabel={TEXT.minimap}
      pannable
      zoomable
      nodeColor={colourOf}
      nodeBorderRadius={6}
    />
  );
}

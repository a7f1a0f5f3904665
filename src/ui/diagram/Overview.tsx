import { MiniMap, useStore } from '@xyflow/react';
import { useEffect, useState } from 'react';
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

/** On a phone a map would hide what it maps. */
const LEAST_WIDTH = 640;

/** The whole cluster, small, with the part that is in view; only while there is more than is in view. */
export function Overview() {
  const isAllInView = useIsAllInView();
  if (isAllInView) return null;
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

/** While the diagram goes to where it fits anew, some of it is out of view for this long, and that is no reason for a map. */
const WHILE_FITTING_MS = 600;

/** Whether the whole diagram is on the screen, or the screen too small for a map of it. */
export function useIsAllInView(): boolean {
  const { layout } = useDrawn();
  const isInside = useStore(({ transform: [x, y, zoom], width, height }) => {
    const slack = 4;
    if (width < LEAST_WIDTH) return true;
    return (
      x > -slack && y > -slack && x + layout.width * zoom < width + slack && y + layout.height * zoom < height + slack
    );
  });
  const [staysOutside, setStaysOutside] = useState(false);
  useEffect(() => {
    if (isInside) return;
    const timer = setTimeout(() => setStaysOutside(true), WHILE_FITTING_MS);
    return () => {
      clearTimeout(timer);
      setStaysOutside(false);
    };
  }, [isInside]);
  return isInside || !staysOutside;
}

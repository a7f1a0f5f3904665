import { memo } from 'react';
import { hueOf } from '../../shared/hues.ts';
import { componentOf, hostOf } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useMirror } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import { svgPath } from '../geometry.ts';
import type { Edge, Layout } from '../layout.ts';
import styles from './EdgeLayer.module.css';

/** Every line of the diagram, below its cards. Decoration: what connects what is said by the parts themselves. */
export const EdgeLayer = memo(function EdgeLayer({ layout }: { readonly layout: Layout }) {
  return (
    <svg className={styles.layer} width={layout.width} height={layout.height} aria-hidden="true">
      {layout.edges.map((edge) => (edge.isHidden === true ? null : <Line key={edge.id} edge={edge} />))}
    </svg>
  );
});

function Line({ edge }: { readonly edge: Edge }) {
  const isCut = useMirror('any-machine', () => !isRunning(edge.from) || !isRunning(edge.to));
  const isLit = useIsLit(edge.kind === 'service' ? edge.to : edge.from);
  const isGhost = edge.component === 'cloud';
  const classes = [styles.line, styles[edge.kind], (isCut || isGhost) && styles.cut, isLit && !isCut && styles.lit];
  return (
    <path
      d={svgPath(edge.points)}
      className={classes.filter(Boolean).join(' ')}
      style={{ '--hue': hueOf(edge.component) }}
    />
  );
}

/** Whether there is somebody at this end of a line. */
function isRunning(part: string): boolean {
  const component = componentOf(part);
  if (part.includes('@')) {
    const machine = mirror.machine(hostOf(part));
    // The CNI plugin and the packet filter are there when the machine is.
    if (component === 'cni' || component === 'filter') return machine?.powered !== false;
    return machine?.running.includes(component) !== false;
  }
  if (part === 'users' || part === 'services' || part === 'kubectl' || part.startsWith('node/')) return true;
  return mirror.machineNames().some((name) => mirror.machine(name)?.running.includes(part) === true);
}

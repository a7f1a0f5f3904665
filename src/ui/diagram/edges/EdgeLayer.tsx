import { memo } from 'react';
import { hueOf } from '../../shared/hues.ts';
import { hostOf } from '../../store/keys.ts';
import { useMachine } from '../../store/selectors.ts';
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
  const host = edge.from.includes('@') ? hostOf(edge.from) : edge.to.includes('@') ? hostOf(edge.to) : '';
  const machine = useMachine(host);
  const isLit = useIsLit(edge.from.includes('@') ? edge.from : edge.to.includes('@') ? edge.to : edge.from);
  const isDead = machine !== undefined && !machine.powered;
  const classes = [styles.line, styles[edge.kind], isDead && styles.dead, isLit && styles.lit];
  return (
    <path
      d={svgPath(edge.points)}
      className={classes.filter(Boolean).join(' ')}
      style={{ '--hue': edge.component === 'cloud' ? 'var(--line-strong)' : hueOf(edge.component) }}
      data-ghost={edge.component === 'cloud' || undefined}
    />
  );
}

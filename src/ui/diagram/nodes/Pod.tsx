import { memo } from 'react';
import type { Pod as PodObject } from '../../../engine/api/generated/types.ts';
import { mirror } from '../../store/mirror.ts';
import { useMirror, useObject } from '../../store/selectors.ts';
import { isNotHeardOf } from '../node-status.ts';
import { Part } from '../Part.tsx';
import { podColour, podLabel, podState, shortPodName } from '../pod-status.ts';
import { pullOf } from '../pulls.ts';
import { useIsRelated } from '../related.ts';
import styles from './Pod.module.css';
import { PodGlyph } from './PodGlyph.tsx';

interface PodProps {
  readonly podKey: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly withName: boolean;
  readonly size: number;
  /** Drawn inside another part, which is what is pressed: the pod itself is then decoration. */
  readonly inside?: boolean;
}

/** One pod on its node's card. */
export const Pod = memo(function Pod({ podKey, x, y, width, withName, size, inside = false }: PodProps) {
  const pod = useObject<PodObject>(podKey);
  const node = pod?.spec?.nodeName ?? '';
  const pull = useMirror(`component:containerd@${node}`, () =>
    pod === undefined ? undefined : pullOf(mirror.component(`containerd@${node}`), pod),
  );
  const isRelated = useIsRelated(podKey);
  const isLost = useMirror(`object:Node//${node}`, () => isNotHeardOf(node));
  if (pod === undefined) return null;
  const { look } = podState(pod);
  const shown =
    isLost && look !== 'terminating' ? 'unknown' : pull !== undefined && look === 'starting' ? 'pulling' : look;
  const label = podLabel(pod, isLost);
  const style = { left: x, top: y, width, '--pod': podColour(pod) };
  if (inside) {
    return (
      <span className={styles.icon} style={style} title={label}>
        <PodGlyph look={shown} size={size} />
      </span>
    );
  }
  return (
    <Part
      id={podKey}
      label={label}
      className={`${withName ? styles.chip : styles.icon} ${isRelated ? styles.related : ''}`}
      style={style}
    >
      <PodGlyph look={shown} size={size} fraction={pull === undefined || pull < 0 ? undefined : pull} />
      {withName && <span className={styles.name}>{shortPodName(pod)}</span>}
    </Part>
  );
});

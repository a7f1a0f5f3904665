import { Panel, useReactFlow } from '@xyflow/react';
import { Button } from '../shared/Button.tsx';
import { preferences } from '../store/preferences.ts';
import { usePreferences } from '../store/selectors.ts';
import styles from './Controls.module.css';
import { Legend } from './Legend.tsx';
import { TEXT } from './messages.ts';
import { useIsAllInView } from './Overview.tsx';

/** Zoom, fit, map, heartbeats and the legend, in a corner of the diagram. */
export function Controls({ onFit }: { onFit(): void }) {
  const flow = useReactFlow();
  const isAllInView = useIsAllInView();
  const showsMap = usePreferences((state) => state.showMinimap);
  const showsHeartbeats = usePreferences((state) => state.showPeriodic);
  return (
    <Panel position="bottom-right" className={styles.controls}>
      <Legend />
      <Button
        look="plain"
        small
        icon="heart"
        label={TEXT.heartbeats}
        aria-pressed={showsHeartbeats}
        onClick={() => preferences.setState({ showPeriodic: !showsHeartbeats })}
      />
      {!isAllInView && (
        <Button
          look="plain"
          small
          icon="map"
          label={TEXT.minimap}
          aria-pressed={showsMap}
          onClick={() => preferences.setState({ showMinimap: !showsMap })}
        />
      )}
      <Button look="plain" small icon="minus" label={TEXT.zoomOut} onClick={() => void flow.zoomOut()} />
      <Button look="plain" small icon="plus" label={TEXT.zoomIn} onClick={() => void flow.zoomIn()} />
      <Button look="plain" small icon="fit" label={TEXT.fit} onClick={onFit} />
    </Panel>
  );
}

import { lazy, type PointerEvent, Suspense } from 'react';
import { Button } from '../shared/Button.tsx';
import { Tabs } from '../shared/Tabs.tsx';
import { PHONE, useMedia } from '../shared/use-media.ts';
import { mirror } from '../store/mirror.ts';
import { preferences } from '../store/preferences.ts';
import { useMirror, usePreferences, useView } from '../store/selectors.ts';
import { type DockTab, view } from '../store/view.ts';
import styles from './Dock.module.css';
import { TEXT } from './messages.ts';

const PANELS = {
  yaml: lazy(() => import('../panels/editor/Editor.tsx').then(({ Editor }) => ({ default: Editor }))),
  events: lazy(() => import('../panels/events/Events.tsx').then(({ Events }) => ({ default: Events }))),
  messages: lazy(() => import('../panels/messages/Messages.tsx').then(({ Messages }) => ({ default: Messages }))),
  rules: lazy(() => import('../panels/rules/Rules.tsx').then(({ Rules }) => ({ default: Rules }))),
  trace: lazy(() => import('../panels/trace/Trace.tsx').then(({ Trace }) => ({ default: Trace }))),
} satisfies Record<DockTab, unknown>;

const LOWEST = 120;
const HIGHEST = 640;
const KEY_STEP = 24;

/** The panels below the timeline, each loaded when it is first shown. */
export function Dock() {
  const tab = useView((state) => state.dockTab);
  const isOpen = usePreferences((state) => state.dockOpen);
  const height = usePreferences((state) => state.dockHeight);
  const isPhone = useMedia(PHONE);
  const events = useMirror('kind:Event', () => mirror.countOfKind('Event'));
  const Panel = PANELS[tab];
  const shows = isOpen || isPhone;
  return (
    <section
      className={styles.dock}
      // On a phone the sheet around it has that name.
      aria-label={isPhone ? undefined : TEXT.panels}
      style={isPhone ? { height: '100%' } : shows ? { height: `min(${height}px, 45vh)` } : undefined}
    >
      {shows && !isPhone && <Handle height={height} />}
      <Tabs<DockTab>
        label={TEXT.panels}
        tabs={[
          { id: 'yaml', label: TEXT.tabs.yaml },
          { id: 'events', label: TEXT.tabs.events, count: events },
          { id: 'messages', label: TEXT.tabs.messages },
          { id: 'rules', label: TEXT.tabs.rules },
          { id: 'trace', label: TEXT.tabs.trace },
        ]}
        selected={tab}
        onSelect={(dockTab) => {
          view.setState({ dockTab });
          preferences.setState({ dockOpen: true });
        }}
        extra={
          !isPhone && (
            <Button
              look="plain"
              small
              icon={shows ? 'chevronDown' : 'chevronUp'}
              label={shows ? TEXT.hide : TEXT.show}
              aria-expanded={shows}
              onClick={() => preferences.setState({ dockOpen: !isOpen })}
            />
          )
        }
      >
        {shows && (
          <Suspense fallback={<p className={styles.loading}>{TEXT.loading}</p>}>
            <Panel />
          </Suspense>
        )}
      </Tabs>
    </section>
  );
}

function Handle({ height }: { readonly height: number }) {
  const resize = (to: number): void =>
    preferences.setState({ dockHeight: Math.min(HIGHEST, Math.max(LOWEST, Math.round(to))) });
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const bottom = event.currentTarget.parentElement?.getBoundingClientRect().bottom ?? 0;
    resize(bottom - event.clientY);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves has no element of its own.
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={TEXT.resizeDock}
      aria-valuenow={height}
      aria-valuemin={LOWEST}
      aria-valuemax={HIGHEST}
      className={styles.handle}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={(event) => {
        if (event.key === 'ArrowUp') resize(height + KEY_STEP);
        else if (event.key === 'ArrowDown') resize(height - KEY_STEP);
        else return;
        event.preventDefault();
      }}
    />
  );
}

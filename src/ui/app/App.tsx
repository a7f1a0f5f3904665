import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { Diagram } from '../diagram/Diagram.tsx';
import { useIsDrawing } from '../faults/drawing.ts';
import { CaptionStrip } from '../panels/caption/CaptionStrip.tsx';
import { DropZone } from '../panels/editor/DropZone.tsx';
import { Guide } from '../panels/guide/Guide.tsx';
import { PastNotice } from '../panels/timeline/PastNotice.tsx';
import { Timeline } from '../panels/timeline/Timeline.tsx';
import { AddressNotice } from '../shared/AddressNotice.tsx';
import { Button } from '../shared/Button.tsx';
import { Sheet } from '../shared/Sheet.tsx';
import { MEDIUM, PHONE, ROOMY, useMedia, WIDE } from '../shared/use-media.ts';
import { showTheme } from '../store/preferences.ts';
import { useComparison, usePreferences, useView } from '../store/selectors.ts';
import { select, view } from '../store/view.ts';
import styles from './App.module.css';
import { ContextMenu } from './ContextMenu.tsx';
import { Dialogs } from './Dialogs.tsx';
import { Dock } from './Dock.tsx';
import { TEXT } from './messages.ts';
import { Presenter } from './presenter/Presenter.tsx';
import { RunNotice } from './RunNotice.tsx';
import { Fallback, Refused, Stopped } from './Stopped.tsx';
import { listenToKeys } from './shortcuts.ts';
import { TopBar } from './TopBar.tsx';

const Inspector = lazy(() =>
  import('../panels/inspector/Inspector.tsx').then(({ Inspector }) => ({ default: Inspector })),
);
const DrawingBar = lazy(() => import('../faults/DrawingBar.tsx').then(({ DrawingBar }) => ({ default: DrawingBar })));
const Compare = lazy(() => import('../compare/Compare.tsx').then(({ Compare }) => ({ default: Compare })));

/** The whole page; the embed and the presenter are other arrangements of the same parts. */
export function App({ addressProblems }: { readonly addressProblems: readonly string[] }) {
  const isPresenting = useView((state) => state.presenting);
  const theme = usePreferences((state) => state.theme);
  useEffect(() => showTheme(document.documentElement, theme), [theme]);
  useEffect(() => listenToKeys(document), []);
  if (isPresenting) return <Presenter diagram={<Diagram />} caption={<Below />} />;
  return (
    <div className={styles.page}>
      <TopBar />
      <Stopped />
      <AddressNotice problems={addressProblems} close={TEXT.close} />
      <RunNotice />
      <Fallback />
      <Refused />
      <Arrangement />
      <Dialogs />
      <ContextMenu />
      <DropZone />
    </div>
  );
}

function Arrangement() {
  const isPhone = useMedia(PHONE);
  return isPhone ? <OnPhone /> : <OnDesk />;
}

function OnDesk() {
  const isMedium = useMedia(MEDIUM);
  const isWide = useMedia(WIDE);
  const isRoomy = useMedia(ROOMY);
  const leftOpen = usePreferences((state) => state.leftOpen);
  const sheet = useView((state) => state.sheet);
  const hasSelection = useView((state) => state.selection !== null);
  // Two diagrams need the room.
  const isComparing = useComparison((state) => state.what !== null);
  const showsLeft = isMedium && !isComparing ? leftOpen : sheet === 'guide';
  return (
    <div className={styles.columns}>
      {showsLeft && (
        <aside className={isMedium ? styles.left : `${styles.left} ${styles.over}`} aria-label={TEXT.guide}>
          <Guide />
        </aside>
      )}
      <main className={styles.middle}>
        <div className={styles.stage}>
          <Stage />
        </div>
        <PastNotice />
        <Below />
        <Timeline />
        <Dock />
      </main>
      {((isWide && !isComparing) || hasSelection) && (
        <aside
          className={isRoomy ? styles.right : `${styles.right} ${styles.over} ${styles.overRight}`}
          aria-label={TEXT.inspector}
        >
          {(!isWide || isComparing) && (
            <Button
              className={styles.closeRight}
              look="plain"
              icon="close"
              label={TEXT.close}
              onClick={() => select(null)}
            />
          )}
          <Late>
            <Inspector />
          </Late>
        </aside>
      )}
    </div>
  );
}

/** The diagram, or two of them. */
function Stage() {
  const isComparing = useComparison((state) => state.what !== null);
  if (!isComparing) return <Diagram />;
  return (
    <Late>
      <Compare />
    </Late>
  );
}

/** What just happened; while a cut is drawn, its sides. */
function Below() {
  const isDrawing = useIsDrawing();
  if (!isDrawing) return <CaptionStrip />;
  return (
    <Late>
      <DrawingBar />
    </Late>
  );
}

function OnPhone() {
  const sheet = useView((state) => state.sheet);
  const hasSelection = useView((state) => state.selection !== null);
  // What is tapped on the diagram shows itself.
  const shown = sheet ?? (hasSelection ? 'inspector' : null);
  const close = (): void => view.setState({ sheet: null, selection: null });
  return (
    <div className={styles.phone}>
      <main className={styles.middle}>
        {/* The caption is the story: what is read or worked on lies above it, but for what needs all the room. */}
        <div className={styles.middle}>
          <div className={styles.stage}>
            <Stage />
          </div>
          {shown !== 'dock' && <PastNotice />}
          {shown === 'guide' && (
            <Sheet title={TEXT.guide} closeLabel={TEXT.close} onClose={close}>
              <Guide />
            </Sheet>
          )}
          {shown === 'inspector' && (
            <Sheet title={TEXT.inspector} closeLabel={TEXT.close} onClose={close}>
              <Late>
                <Inspector />
              </Late>
            </Sheet>
          )}
        </div>
        <Below />
        {shown === 'dock' && (
          <Sheet title={TEXT.panels} closeLabel={TEXT.close} isTall onClose={close}>
            <PastNotice />
            <Timeline />
            <Dock />
          </Sheet>
        )}
      </main>
      <nav className={styles.tabBar} aria-label={TEXT.panels}>
        {PHONE_TABS.map(({ sheet: tab, icon, label }) => (
          <Button
            key={tab}
            look="plain"
            icon={icon}
            aria-expanded={tab === shown}
            className={styles.phoneTab}
            onClick={() => (tab === shown ? close() : view.setState({ sheet: tab }))}
          >
            {label}
          </Button>
        ))}
      </nav>
    </div>
  );
}

const PHONE_TABS = [
  { sheet: 'guide', icon: 'guide', label: TEXT.guide },
  { sheet: 'dock', icon: 'panel', label: TEXT.panels },
  { sheet: 'inspector', icon: 'info', label: TEXT.inspector },
] as const;

function Late({ children }: { readonly children: ReactNode }) {
  return <Suspense fallback={<p className={styles.loading}>{TEXT.loading}</p>}>{children}</Suspense>;
}

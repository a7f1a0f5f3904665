import { lazy, Suspense } from 'react';
import { useView } from '../store/selectors.ts';

const BreakDialog = lazy(() =>
  import('../faults/BreakDialog.tsx').then(({ BreakDialog }) => ({ default: BreakDialog })),
);
const NewClusterDialog = lazy(() =>
  import('./dialogs/NewClusterDialog.tsx').then(({ NewClusterDialog }) => ({ default: NewClusterDialog })),
);
const KeysDialog = lazy(() => import('./dialogs/KeysDialog.tsx').then(({ KeysDialog }) => ({ default: KeysDialog })));
const HistoryDialog = lazy(() =>
  import('./dialogs/HistoryDialog.tsx').then(({ HistoryDialog }) => ({ default: HistoryDialog })),
);

/** At most one dialog is open; which one is in `view.dialog`. */
export function Dialogs() {
  const dialog = useView((state) => state.dialog);
  if (dialog === null) return null;
  return (
    <Suspense>
      {dialog === 'break' && <BreakDialog />}
      {dialog === 'new-cluster' && <NewClusterDialog />}
      {dialog === 'history' && <HistoryDialog />}
      {dialog === 'keys' && <KeysDialog />}
    </Suspense>
  );
}

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './ui/app/App.tsx';
import { loadRunOfAddress } from './ui/app/runs.ts';
import { startOptions } from './ui/app/start.ts';
import { connectEngine } from './ui/store/connect.ts';
import { keepPreferences, preferences } from './ui/store/preferences.ts';
import { view } from './ui/store/view.ts';
import './ui/styles/fonts.css';
import './ui/styles/tokens.css';
import './ui/styles/base.css';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element #root.');

const start = startOptions(location.search);
keepPreferences(() => localStorage, innerHeight);
// Where the guide is no column, a first visitor would not find it.
if (!preferences.getState().visited) view.setState({ sheet: 'guide' });
// The development server can show a made-up cluster: index.html#fixture.
if (import.meta.env.DEV && location.hash.startsWith('#fixture')) {
  const { playFixture } = await import('./ui/testing/play-fixture.ts');
  playFixture(location.hash);
} else {
  connectEngine(start);
  // Also when another run's link is put into the address of this page.
  void loadRunOfAddress();
  addEventListener('hashchange', () => void loadRunOfAddress());
}

createRoot(root).render(
  <StrictMode>
    <App addressProblems={start.problems} />
  </StrictMode>,
);

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Embed } from './ui/embed/Embed.tsx';
import { embedOptions } from './ui/embed/options.ts';
import { preferences } from './ui/store/preferences.ts';
import './ui/styles/fonts.css';
import './ui/styles/tokens.css';
import './ui/styles/base.css';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element #root.');

// An embed reads and stores no preferences: it is as its address says.
preferences.setState({ showMinimap: false });

createRoot(root).render(
  <StrictMode>
    <Embed options={embedOptions(location.search)} />
  </StrictMode>,
);

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { OtherDiagram } from './ui/compare/OtherDiagram.tsx';
import './ui/styles/fonts.css';
import './ui/styles/tokens.css';
import './ui/styles/base.css';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element #root.');

createRoot(root).render(
  <StrictMode>
    <OtherDiagram />
  </StrictMode>,
);

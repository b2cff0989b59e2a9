import '@fontsource-variable/inter/wght.css';
import './design/tokens.css';
import './design/base.css';
import './design/components.css';
import './design/layers.css';
import './app/app.css';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { Door } from './app/door.tsx';
import { takeKey } from './data/session.ts';
import { Toasts } from './design/toasts.tsx';

/** Loading anew does not help where it has just been tried. */
const reloadAgainMs = 60_000;

// Another key in the address is another session.
const firstKey = takeKey();
addEventListener('hashchange', () => {
  if (takeKey() !== firstKey) location.reload();
});
// A part of the page that was built anew meanwhile is not there any more under its old name.
addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem('sluice.reloaded'));
  if (Date.now() - last < reloadAgainMs) return;
  sessionStorage.setItem('sluice.reloaded', String(Date.now()));
  location.reload();
});

function Root() {
  const [key, setKey] = useState(firstKey);
  return (
    <>
      {key === null ? <Door onEnter={setKey} /> : <App apiKey={key} />}
      <Toasts />
    </>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Root />
    </StrictMode>,
  );
}

import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { ConnectionSign } from './connection-sign.tsx';
import { Navigation } from './navigation.tsx';
import { Preferences } from './preferences.tsx';
import { useSluice } from './sluice.ts';

/** The frame around every page: where one is, who one is, and whether what one sees is live. */
export function Shell({ children }: { children: ReactNode }) {
  const { viewer } = useSluice();
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="shell-head">
        <Link href="/" className="brand">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>Sluice</span>
        </Link>
        <Navigation />
        <p className="who" title={`${viewer.name}, ${viewer.role.toLowerCase()}`}>
          {viewer.organization.name}
        </p>
        <ConnectionSign />
        <Preferences />
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const storage = 'sluice.theme';
const listeners = new Set<() => void>();
let theme = (localStorage.getItem(storage) as Theme | null) ?? 'system';

function show(): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
show();

/** Kept on this device. */
export function setTheme(next: Theme): void {
  theme = next;
  localStorage.setItem(storage, next);
  show();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => theme,
  );
}

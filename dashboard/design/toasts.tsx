import { useSyncExternalStore } from 'react';
import { Icon } from './icon.tsx';

interface Message {
  id: number;
  text: string;
  wrong: boolean;
}

const shownMs = 9_000;
const shownMax = 3;
let messages: readonly Message[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number): void => set(messages.filter((message) => message.id !== id));

/** Tells what happened, at the foot of the page and to screen readers. What went wrong stays until it was seen. */
export function toast(text: string, { wrong = false } = {}): void {
  const id = nextId++;
  set([...messages.filter((message) => message.text !== text), { id, text, wrong }].slice(-shownMax));
  if (!wrong) setTimeout(() => dismiss(id), shownMs);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => messages,
  );
  return (
    <div className="toasts" role="status" aria-live="polite" data-react-aria-top-layer="true">
      {shown.map(({ id, text, wrong }) => (
        <div key={id} className={wrong ? 'toast wrong' : 'toast'}>
          <p>{text}</p>
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

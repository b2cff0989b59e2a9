import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

/** Nothing is here, and why, and what to do about it. */
export function Empty({ icon = 'inbox', title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** Something could not be loaded. It is tried again by itself when the connection is back. */
export function Trouble({ message, onRetry }: { message: string; onRetry(): void }) {
  return (
    <div className="empty" role="alert">
      <Icon name="alert" />
      <h3>This could not be loaded</h3>
      <p>{message}</p>
      <Button icon="retry" onPress={onRetry}>
        Try again
      </Button>
    </div>
  );
}

/** Something worth knowing, in the place that it is about. */
export function Callout({
  tone = 'neutral',
  icon = 'info',
  children,
}: {
  tone?: string;
  icon?: IconName;
  children: ReactNode;
}) {
  return (
    <div className={`callout tone-${tone}`}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}

/** Why what was asked for was not done, said at once to a screen reader. Null: it was not refused. */
export function RefusalNote({ children }: { children: string | null }) {
  return (
    children && (
      <div role="alert">
        <Callout tone="failed" icon="alert">
          {children}
        </Callout>
      </div>
    )
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className="empty" role="status">
      <span className="spinner" aria-hidden="true" />
      <p>Loading {what} …</p>
    </div>
  );
}

import { part } from '../app/part.tsx';
import type { ConnectDialogProps } from './connect-dialog.tsx';

/** The dialog, loaded when it is first asked for: most visits connect nothing. */
export const LazyConnectDialog = part<ConnectDialogProps>(
  async () => (await import('./connect-dialog.tsx')).ConnectDialog,
  null,
);

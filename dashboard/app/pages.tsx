import { Loading } from '../design/states.tsx';
import { part } from './part.tsx';

// All but the first page come when they are asked for.
const loading = <Loading what="the page" />;

export const IntegrationPage = part(
  async () => (await import('../integration/integration-page.tsx')).IntegrationPage,
  loading,
);
export const VerificationPage = part(
  async () => (await import('../verification/verification-page.tsx')).VerificationPage,
  loading,
);
export const NotificationsPage = part(
  async () => (await import('../notifications/notifications-page.tsx')).NotificationsPage,
  loading,
);
export const KeysPage = part(async () => (await import('../api-keys/keys-page.tsx')).KeysPage, loading);

const pages = [
  ['/integrations/', IntegrationPage],
  ['/verification', VerificationPage],
  ['/notifications', NotificationsPage],
  ['/keys', KeysPage],
] as const;

/** While the API is asked who is there, the code of the page at this address is on its way. */
export function preloadPage(path: string): void {
  const page = pages.find(([start]) => path.startsWith(start))?.[1];
  page?.preload().catch(() => {}); // tried once more when it is shown
}

import { type CallbackAnswer, finishAuthorization } from '../sync/authorizations.ts';
import type { Services } from '../sync/services.ts';
import type { Page } from './pages.ts';
import { plainPage } from './plain-page.ts';

const closing = 'window.close();';

const titles: Record<CallbackAnswer['status'], string> = {
  GRANTED: 'Signed in',
  REFUSED: 'Not signed in',
  UNKNOWN: 'Not signed in',
};

/** The page that a vendor sends the browser back to. It closes itself where the browser lets it, and says how it went where not. */
export async function finishSignIn(services: Services, query: string): Promise<Page> {
  const { status, message } = await finishAuthorization(services, new Map(new URLSearchParams(query)));
  const title = titles[status];
  const body = `<h1>${title}</h1>\n<p>${escaped(message)}</p>\n<p>You can close this window.</p>`;
  return plainPage(title, body, status === 'GRANTED' ? closing : null);
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

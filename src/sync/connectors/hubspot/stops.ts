import { z } from 'zod';
import { nextMidnight } from '../../../domain/next-midnight.ts';
import { type Session, type Stopped, syncError } from '../connector.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { type ApiResponse, stopOfStatus, wordsOf } from '../rest/call.ts';
import type { HubspotCredentials } from './credentials.ts';
import { readErrors } from './errors.ts';

export const name = 'HubSpot';

/**
 * What of an answer concerns the account or the call as a whole; null: it says something about the records. HubSpot promises Retry-After with
 * 477 only. Source: HubSpot "Error handling", read 2026-11.
 */
export function stopOf(response: ApiResponse, session: Session<HubspotCredentials>): Stopped | null {
  const { status, body, text, headers } = response;
  const vendor = { code: readErrors(body)[0]?.code ?? String(status), message: wordsOf(session, text) };
  switch (status) {
    case 429: {
      const policy = policyOf(body);
      if (policy !== 'DAILY') return stopOfStatus(name, session, response, policy === 'SECONDLY' ? 1_000 : 10_000);
      const error = syncError('QUOTA_EXCEEDED', 'The daily quota of the HubSpot account is used up.', vendor);
      return { kind: 'quota', error, resetsAt: nextMidnight(session.now(), session.credentials.timeZone) };
    }
    case 423: {
      const error = syncError('RATE_LIMITED', 'HubSpot locks the account for a moment.', vendor);
      return { kind: 'throttled', error, retryAfterMs: 2_000 };
    }
    case 477: {
      const error = syncError('VENDOR_UNAVAILABLE', 'HubSpot moves the account to another data centre.', vendor);
      const waitMs = retryAfterMs(headers['retry-after'], session.now());
      return { kind: 'unavailable', error, whole: true, retryAfterMs: waitMs };
    }
    case 403:
      return {
        kind: 'hold',
        hold: 'NO_PERMISSION',
        error: syncError('CONNECTION_PERMISSION', missingScopes(body), vendor),
      };
    default:
      return stopOfStatus(name, session, response);
  }
}

/** For calls whose every answer but 2xx is a refusal. */
export function refusalOf(
  response: ApiResponse,
  session: Session<HubspotCredentials>,
): Extract<Stopped, { kind: 'refused' }> {
  const [first] = readErrors(response.body);
  const vendor = {
    code: first?.code ?? String(response.status),
    message: wordsOf(session, first?.message || response.text),
    field: first?.field ?? null,
  };
  return {
    kind: 'refused',
    error: syncError(first?.category ?? 'UNKNOWN', first?.words ?? 'HubSpot refused the call.', vendor),
  };
}

const limitBody = z.object({
  policyName: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  context: z
    .object({ policyName: z.array(z.string()) })
    .optional()
    .catch(undefined),
});

/** Which limit was met. Older bodies name the policy beside `errorType`, newer ones in a context, and some in their words alone. */
function policyOf(body: unknown): 'DAILY' | 'SECONDLY' | 'OTHER' {
  const { policyName, message = '', context } = limitBody.safeParse(body).data ?? {};
  const named = policyName ?? context?.policyName[0] ?? '';
  if (named === 'DAILY' || (!named && /\bdaily\b/i.test(message))) return 'DAILY';
  return named === 'SECONDLY' || (!named && /\bsecondly\b/i.test(message)) ? 'SECONDLY' : 'OTHER';
}

const scopes = z.record(z.string(), z.array(z.string()));
const scopesBody = z.object({
  context: scopes.optional().catch(undefined),
  errors: z
    .array(z.object({ context: scopes.optional().catch(undefined) }))
    .optional()
    .catch(undefined),
});

function missingScopes(body: unknown): string {
  const { context, errors = [] } = scopesBody.safeParse(body).data ?? {};
  const named = [context, ...errors.map((error) => error.context)].flatMap((one) => Object.values(one ?? {}).flat());
  const list = [...new Set(named)].slice(0, 10).join(', ');
  return `The HubSpot app may not do this. It needs the scopes crm.objects.contacts.read and .write${list && `: ${list}`}.`;
}

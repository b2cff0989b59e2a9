import { z } from 'zod';
import { type Stopped, syncError } from '../connector.ts';
import { call, dataPath, quotaKey, quotaMs, type SalesforceSession } from './api.ts';

const limits = z.object({
  DailyApiRequests: z.object({ Max: z.coerce.number().positive(), Remaining: z.coerce.number() }),
});

/**
 * After a call that found the org's calls used up, asks what is left before any lead is sent: they come back little by little, and nobody says when.
 * Null: go on, also where Salesforce does not tell.
 */
export async function probeQuota(session: SalesforceSession): Promise<Stopped | null> {
  if (session.memory.get(quotaKey) !== true) return null;
  const reply = await call(session, { method: 'GET', path: `${dataPath}/limits` });
  if (reply.kind === 'stopped') return reply.answer;
  const { Max, Remaining } = limits.safeParse(reply.response.body).data?.DailyApiRequests ?? { Max: 0, Remaining: 1 };
  if (Max > 0) session.learned({ daily: { limit: Max, remaining: Math.max(0, Remaining), resetsAt: null } });
  if (Remaining <= 0) {
    const words = 'The API calls that the org has for 24 hours are used up. They come back little by little.';
    return {
      kind: 'quota',
      error: syncError('QUOTA_EXCEEDED', words),
      resetsAt: new Date(session.now() + quotaMs),
    };
  }
  session.memory.delete(quotaKey);
  return null;
}

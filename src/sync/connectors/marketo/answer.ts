import { z } from 'zod';
import { type Stopped, syncError } from '../connector.ts';
import type { HttpResult } from '../http/message.ts';
import { redact } from '../http/redact.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { parseJson, stopOfFailure } from '../rest/call.ts';
import { namedField } from '../rest/named-field.ts';
import { type MarketoFault, ruleOf } from './errors.ts';
import { nextQuotaReset } from './quota.ts';

/** What an HTTP answer of Marketo amounts to. REFUSED_TOKEN: 600 to 602, or 401. */
export type Reading =
  | { kind: 'body'; body: MarketoBody }
  | { kind: 'refusedToken'; fault: MarketoFault }
  | { kind: 'stopped'; answer: Stopped };

/** What is needed to put a refusal into words. */
export interface ReadingContext {
  now(): number;
  /** Not to appear in anything that is stored. */
  secrets: readonly string[];
  /** Remote fields of the call, to tell which one a refusal names. */
  sentFields: Iterable<string>;
}

const code = z.union([z.string(), z.number()]).transform(String);
export const marketoFault = z.object({ code, message: z.string().default('') });

const marketoBody = z.object({
  success: z.boolean(),
  result: z.array(z.unknown()).optional(),
  errors: z.array(marketoFault).optional(),
  nextPageToken: z.string().optional(),
  moreResult: z.boolean().optional(),
});
export type MarketoBody = z.infer<typeof marketoBody>;

/** Reads the body first and the status second, as Marketo answers nearly everything with HTTP 200. */
export function readAnswer(result: HttpResult, context: ReadingContext): Reading {
  if (result.kind === 'failed') return { kind: 'stopped', answer: stopOfFailure('Marketo', result) };
  const body = marketoBody.safeParse(parseJson(result.text)).data;
  const fault = body?.errors?.[0];
  if (body && fault && !body.success) return readFault(fault, context);
  if (result.status === 200 && body?.success) return { kind: 'body', body };
  return readStatus(result, context);
}

/** The answer to a refusal of the call as a whole. */
function readFault(fault: MarketoFault, context: ReadingContext): Reading {
  const rule = ruleOf(fault);
  if (rule.step === 'REFRESH') return { kind: 'refusedToken', fault };
  const error = errorOf(fault, context);
  switch (rule.step) {
    case 'WAIT':
      return stopped({ kind: 'throttled', error, retryAfterMs: rule.waitMs });
    case 'QUOTA':
      return stopped({ kind: 'quota', error, resetsAt: nextQuotaReset(context.now()) });
    case 'HOLD':
      return stopped({ kind: 'hold', hold: 'NO_PERMISSION', error });
    case 'OUTAGE':
      return stopped({ kind: 'unavailable', error, whole: true, retryAfterMs: null });
    case 'AGAIN':
      return stopped({ kind: 'unavailable', error, whole: false, retryAfterMs: null });
    default:
      return stopped({ kind: 'refused', error });
  }
}

/** What is stored for a fault, secrets removed. */
export function errorOf(fault: MarketoFault, { secrets, sentFields }: ReadingContext) {
  const rule = ruleOf(fault);
  const message = redact(fault.message, secrets).replace(accessTokens, '***');
  return syncError(rule.category, rule.words, { code: fault.code, message, field: namedField(message, sentFields) });
}

/** Tokens look like "cdf01657-110d-4155-99a7-f986b2ff13a0:int"; an older one than we remember is taken out by its shape. */
const accessTokens = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\w+/gi;

function readStatus(response: Extract<HttpResult, { kind: 'response' }>, context: ReadingContext): Reading {
  const { status, headers, text } = response;
  const vendor = { code: String(status) };
  const waitMs = retryAfterMs(headers['retry-after'], context.now());
  const unavailable = (
    message: string,
    whole: boolean,
    category: 'VENDOR_UNAVAILABLE' | 'TIMEOUT' = 'VENDOR_UNAVAILABLE',
  ) => stopped({ kind: 'unavailable', error: syncError(category, message, vendor), whole, retryAfterMs: waitMs });

  if (status === 401) return { kind: 'refusedToken', fault: { code: '401', message: 'Unauthorized' } };
  if (status === 408) return unavailable('Marketo gave up waiting for the call.', false, 'TIMEOUT');
  if (status === 413) {
    return stopped({ kind: 'refused', error: syncError('DATA_VALUE_VALIDATION', tooLarge, vendor) });
  }
  if (status === 414) {
    return stopped({
      kind: 'refused',
      error: syncError('UNKNOWN', 'The address of the call is too long for Marketo.', vendor),
    });
  }
  if (status === 429) {
    const error = syncError('RATE_LIMITED', 'Marketo asked for fewer calls.', vendor);
    return stopped({ kind: 'throttled', error, retryAfterMs: waitMs ?? 20_000 });
  }
  if (status >= 500) return unavailable(`Marketo answered with HTTP ${status}.`, true);
  // A page instead of data comes from a proxy or a maintenance window, not from a record.
  const isPage = /html/i.test(headers['content-type'] ?? '') || text.trimStart().startsWith('<');
  return unavailable(
    `Marketo did not answer as it should (HTTP ${status}${isPage ? ', a web page' : ''}).`,
    isPage || status !== 200,
  );
}

export const tooLarge = 'The call is larger than the 1 MB that Marketo takes.';

const stopped = (answer: Stopped): { kind: 'stopped'; answer: Stopped } => ({ kind: 'stopped', answer });

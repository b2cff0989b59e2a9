import { type PushSession, type Stopped, syncError } from '../connector.ts';
import { type ApiCall, type ApiResponse, callApi, type RestApi, stopOfStatus, wordsOf } from '../rest/call.ts';
import { refreshLogin, secretsOfLogin } from '../salesforce-login/refresh-login.ts';
import { limitsIn, quotaReset } from './account-day.ts';
import type { PardotCredentials } from './credentials.ts';
import { type Rule, ruleOf } from './errors.ts';
import { faultOf, isXml, type PardotFault } from './fault.ts';

export type PardotSession = PushSession<PardotCredentials>;

export const name = 'Account Engagement';

export const objectsPath = '/api/v5/objects';
export const prospectsPath = `${objectsPath}/prospects`;

const api: RestApi<PardotCredentials> = {
  name,
  // Not `instanceUrl`: that is where the Salesforce org is.
  baseUrl: ({ sandbox }, { hosts }) =>
    hosts.apiUrl ?? (sandbox ? 'https://pi.demo.pardot.com' : 'https://pi.pardot.com'),
  headers: (accessToken, { businessUnitId }) => ({
    authorization: `Bearer ${accessToken}`,
    'pardot-business-unit-id': businessUnitId,
    'x-return-api-usage': '1',
  }),
  refreshOf: (credentials) => refreshLogin(name, credentials),
  secretsOf: secretsOfLogin,
  refusesToken,
  codeOf: (response) => faultOf(response)?.code ?? null,
  learn: (response, session) => session.learned(limitsIn(response, session)),
};

/** By its code, 184, under whatever status; by 401, or as XML, where there is no code that says something else. */
function refusesToken(response: ApiResponse): boolean {
  const { status } = response;
  const rule = ruleOf(faultOf(response)?.code ?? '');
  if (rule) return rule.step === 'REFRESH';
  return status === 401 || ((status === 400 || status === 403) && isXml(response));
}

/** `fault`: what the answer refuses, which says something of the prospect or the call; null: it is none. */
export type Reply =
  | { kind: 'response'; response: ApiResponse; fault: (PardotFault & Rule) | null }
  /** `status`: of the answer that said so; null: there was none. */
  | { kind: 'stopped'; answer: Stopped; status: number | null };

/**
 * One call. What concerns the account as a whole (sign-in, permission, rate, quota, outage) stops; what says something about the prospect is the
 * caller's to read. `mayBeForbidden`: so is a missing permission, which is then for the one object only.
 */
export async function call(session: PardotSession, request: ApiCall, mayBeForbidden = false): Promise<Reply> {
  const reply = await callApi(api, session, request);
  if (reply.kind === 'stopped') return { ...reply, status: null };
  const { response } = reply;
  const { status } = response;
  const told = faultOf(response);
  const rule = told && ruleOf(told.code);
  const forbidden = mayBeForbidden && (told?.code === '46' || told?.code === '49');
  const answer =
    (rule && !forbidden && stopOf(told, rule, session)) ?? (rule ? null : stopWithout(response, told, session));
  if (answer) return { kind: 'stopped', answer, status };
  return { kind: 'response', response, fault: refusalIn(response, told, rule) };
}

/** What a code makes of everything; null: it says something about the prospect. */
function stopOf(told: PardotFault, rule: Rule, session: PardotSession): Stopped | null {
  const { category, step, words, waitMs } = rule;
  const error = syncError(category, words, { code: told.code, message: wordsOf(session, told.message) });
  switch (step) {
    case 'SIGN_IN':
    case 'REFRESH':
      return { kind: 'unauthorized', error };
    case 'HOLD':
      return { kind: 'hold', hold: 'NO_PERMISSION', error };
    case 'WAIT':
      return { kind: 'throttled', error, retryAfterMs: waitMs };
    case 'QUOTA':
      return { kind: 'quota', error, resetsAt: quotaReset(session) };
    case 'OUTAGE':
    case 'AGAIN':
      return { kind: 'unavailable', error, whole: step === 'OUTAGE', retryAfterMs: null };
    default:
      return null;
  }
}

/** Without a code that we know, the status is all there is. */
function stopWithout(response: ApiResponse, told: PardotFault | null, session: PardotSession): Stopped | null {
  const stop = stopOfStatus(name, session, response);
  if (stop || told || response.status !== 403) return stop;
  const vendor = { code: '403', message: wordsOf(session, response.text) };
  const error = syncError('CONNECTION_PERMISSION', 'Account Engagement does not let us do this.', vendor);
  return { kind: 'hold', hold: 'NO_PERMISSION', error };
}

function refusalIn(response: ApiResponse, told: PardotFault | null, rule: Rule | null): (PardotFault & Rule) | null {
  const { status, text } = response;
  const { code = String(status), message = text } = told ?? {};
  if (rule) return { ...rule, code, message };
  if (!told && status < 400) return null;
  if (status === 404) {
    const words = 'The prospect is not in Account Engagement any more.';
    return { category: 'REMOTE_RECORD_GONE', step: 'GONE', words, waitMs: 0, code, message };
  }
  const words = 'Account Engagement answered with a code that we do not know.';
  return { category: 'UNKNOWN', step: 'REFUSE', words, waitMs: 0, code, message };
}

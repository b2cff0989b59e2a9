import type { ConnectAnswer, Connector, ConnectTools, PushRecord, Session, Stopped } from '../connector.ts';
import { syncError } from '../connector.ts';
import {
  accountIdOf,
  type MarketoCredentials,
  type MarketoInput,
  marketoCredentials,
  marketoInput,
  normalizeBaseUrl,
} from './credentials.ts';
import { describeLeads } from './describe.ts';
import { lookUp } from './lookup.ts';
import { payloadOf } from './payload.ts';
import { findProgram, listPrograms } from './programs.ts';
import { push } from './push.ts';
import { withTime } from './session.ts';

/** Adobe Marketo Engage over its REST API: up to 300 leads a call, matched by id, then by e-mail address. */
export const marketo: Connector<MarketoInput, MarketoCredentials> = {
  vendor: 'MARKETO',
  // Marketo's 10 calls at once and 100 calls in 20 s are shared by all integrations of an account: we leave room for the others.
  limits: { batchMax: 300, concurrentMax: 5, rate: { calls: 80, windowMs: 20_000 } },
  matchField: 'email',
  worksUnmapped: false,
  canWriteIfBlank: true,
  credentials: marketoCredentials,
  connect,
  authorization: null,
  push,

  async describe(session) {
    const answer = await describeLeads(withTime(session));
    if (answer.kind === 'fields') return { kind: 'described', fields: answer.fields };
    return { kind: 'unavailable', message: wordsOf(answer.answer) };
  },

  check,
  recommended: [
    { source: 'email', remoteField: 'email' },
    { source: 'firstName', remoteField: 'firstName' },
    { source: 'lastName', remoteField: 'lastName' },
    { source: 'company', remoteField: 'company' },
    { source: 'jobTitle', remoteField: 'title' },
    { source: 'phone', remoteField: 'phone' },
  ],
  payload: payloadOf,
  async lookup(records, fields, session) {
    const answer = await lookUp(records, fields, withTime(session));
    return answer.kind === 'found' ? answer : { kind: 'unavailable', message: wordsOf(answer.answer) };
  },
  campaigns: {
    async list(search, session) {
      const answer = await listPrograms(search, withTime(session));
      return answer.kind === 'campaigns' ? answer : { kind: 'unavailable', message: wordsOf(answer.answer) };
    },
    async find(id, session) {
      const answer = await findProgram(id, withTime(session));
      return answer.kind === 'campaign' ? answer : { kind: 'unavailable', message: wordsOf(answer.answer) };
    },
  },
  remoteUrl: () => null, // the address of Marketo's pages depends on a pod that the API does not tell
};

async function connect(input: MarketoInput, tools: ConnectTools): Promise<ConnectAnswer<MarketoCredentials>> {
  const parsed = marketoInput.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      kind: 'refused',
      path: issue?.path.join('.') ?? '',
      message: issue?.message ?? 'expected the credentials of Marketo.',
    };
  }
  const baseUrl = normalizeBaseUrl(parsed.data.baseUrl);
  if (!baseUrl)
    return { kind: 'refused', path: 'baseUrl', message: 'expected a URL such as https://123-ABC-456.mktorest.com.' };
  const refusal = tools.http.refusalOf(baseUrl);
  if (refusal) return { kind: 'refused', path: 'baseUrl', message: refusal };

  const { clientId, clientSecret, partition } = parsed.data;
  const credentials: MarketoCredentials = { baseUrl, clientId, clientSecret, partition: partition || null };
  const described = await describeLeads(
    withTime({ ...tools, credentials, memory: new Map(), learned: () => {}, renew: neverRenewed }),
  );
  if (described.kind === 'stopped') return refusedConnection(described.answer);
  if (described.fields.length === 0) return { kind: 'unavailable', message: notMarketo };
  const accountId = accountIdOf(baseUrl);
  return { kind: 'connected', accountId, accountName: accountId, credentials, generatedSecret: null };
}

const notMarketo = 'What answers at the base URL did not answer as Marketo does.';

function refusedConnection(answer: Stopped): ConnectAnswer<MarketoCredentials> {
  switch (answer.kind) {
    case 'unauthorized':
      return { kind: 'refused', path: '', message: 'Marketo refused the client id or secret.' };
    case 'hold':
      // 603 is Marketo's own refusal; without a code the guard refused the address that the name leads to.
      return answer.error.vendorCode === null
        ? { kind: 'refused', path: 'baseUrl', message: answer.error.message }
        : { kind: 'refused', path: '', message: answer.error.message };
    case 'throttled':
    case 'quota':
      return { kind: 'unavailable', message: `${answer.error.message} Try again later.` };
    default:
      return { kind: 'unavailable', message: `${notMarketo} ${wordsOf(answer)}` };
  }
}

const wordsOf = (answer: Stopped): string => (answer.kind === 'unsent' ? 'Nothing was sent.' : answer.error.message);

/** Marketo's credentials stay as they are: what expires is the access token, which is in memory only. */
const neverRenewed: Session<MarketoCredentials>['renew'] = async () => ({ kind: 'unsent' });

/** Marketo takes ASCII addresses only; a comma would split the address in a search. */
function check(record: PushRecord) {
  const email = record.values.email?.trim();
  if (!email)
    return syncError('MISSING_MATCH_KEY', 'Marketo matches people by e-mail address, and the lead has none.', {
      field: 'email',
    });
  if (/^[\x21-\x2b\x2d-\x3f\x41-\x7e]+@[\x21-\x2b\x2d-\x3f\x41-\x7e]+$/.test(email)) return null;
  const words = 'Marketo takes e-mail addresses of ASCII letters, digits and signs only, such as name@example.com.';
  return syncError('DATA_VALUE_VALIDATION', words, { field: 'email' });
}

import type { ConnectAnswer, ConnectTools, Stopped } from '../connector.ts';
import { messageOfStop } from '../rest/call.ts';
import { unstoredSession } from '../rest/unstored-session.ts';
import { logIn } from '../salesforce-login/log-in.ts';
import { timeZoneIn } from './account-day.ts';
import { call, name, type PardotSession, prospectsPath } from './api.ts';
import { type PardotCredentials, type PardotInput, pardotInput } from './credentials.ts';
import { describeProspects } from './describe.ts';

/** Signs in to the Salesforce org, then asks the business unit something that changes nothing: the same access token may be none of its. */
export async function connect(input: PardotInput, tools: ConnectTools): Promise<ConnectAnswer<PardotCredentials>> {
  const parsed = pardotInput.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { kind: 'refused', path: issue?.path.join('.') ?? '', message: issue?.message ?? 'expected credentials.' };
  }
  const { businessUnitId, sandbox, ...way } = parsed.data;
  const signedIn = await logIn(name, { ...way, sandbox }, tools);
  if (signedIn.kind !== 'loggedIn') return signedIn;
  const credentials: PardotCredentials = {
    ...signedIn.login,
    businessUnitId,
    sandbox: sandbox === true,
    timeZone: null,
  };
  const session = unstoredSession(tools, credentials, tokenRefused, '184');
  const described = await describeProspects(session);
  if (described.kind === 'stopped') return refusedConnection(described.answer);
  return {
    kind: 'connected',
    accountId: businessUnitId,
    accountName: `${businessUnitId} (${credentials.orgId})`,
    credentials: { ...credentials, timeZone: await readTimeZone(session) },
    generatedSecret: null,
  };
}

/** As some prospect tells it; null: there is none, or it can't be read, which is no reason not to connect. */
async function readTimeZone(session: PardotSession): Promise<string | null> {
  const path = `${prospectsPath}?fields=id,updatedAt&limit=1`;
  const reply = await call(session, { method: 'GET', path }, true);
  return reply.kind === 'response' && !reply.fault ? timeZoneIn(reply.response.body) : null;
}

/** Codes that speak of the header with the business unit's id, or of its host. */
const unitCodes = new Set(['181', '182', '201']);

function refusedConnection(answer: Stopped): ConnectAnswer<PardotCredentials> {
  if (answer.kind === 'unauthorized' || answer.kind === 'hold') {
    const { message, vendorCode } = answer.error;
    if (vendorCode === null) return { kind: 'unavailable', message };
    const path = unitCodes.has(vendorCode) ? 'businessUnitId' : '';
    return { kind: 'refused', path, message: answer.kind === 'hold' ? message : tokenRefused };
  }
  if (answer.kind === 'throttled' || answer.kind === 'quota') {
    return { kind: 'unavailable', message: `${answer.error.message} Try again later.` };
  }
  return { kind: 'unavailable', message: messageOfStop(answer) };
}

const tokenRefused =
  'Salesforce signed us in, but Account Engagement does not accept it: the app needs the scope pardot_api, and the user must be synced to the business unit.';

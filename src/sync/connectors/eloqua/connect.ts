import { z } from 'zod';
import { type ConnectAnswer, type ConnectTools, type Session, syncError } from '../connector.ts';
import { messageOfStop, unhurried } from '../rest/call.ts';
import { type EloquaSession, name, tokensOf } from './api.ts';
import { authorizationOf, type EloquaCredentials, type EloquaInput, eloquaInput } from './credentials.ts';
import { readFields } from './describe.ts';
import { askSite } from './site.ts';

type Answer = ConnectAnswer<EloquaCredentials>;
type Refused = Extract<Answer, { kind: 'refused' }>;

/** Finds the site and its pod, and whether the user may see its contact fields. The site is the account, by Eloqua's own number. */
export async function connect(input: EloquaInput, tools: ConnectTools): Promise<Answer> {
  const given = await credentialsOf(input, tools);
  if (given.kind === 'refused') return given;
  const { credentials, company } = given;
  const site = await askSite(tools, authorizationOf(credentials, credentials.accessToken ?? ''));
  if (site.kind === 'refused') return refused;
  if (site.kind === 'unavailable') return site;
  const podUrl = tools.hosts.apiUrl ?? site.podUrl;
  if (podUrl === null) return { kind: 'unavailable', message: 'Eloqua did not tell where the site is.' };
  const located = { ...credentials, podUrl: site.podUrl ?? podUrl };
  const described = await readFields(sessionOf(tools, located));
  if (described.kind === 'stopped') return refusedConnection(described.answer);
  const siteName = site.name ?? company ?? new URL(podUrl).host;
  return {
    kind: 'connected',
    accountId: site.id ?? siteName.toLowerCase(),
    accountName: site.id ? `${siteName} (${site.id})` : siteName,
    credentials: located,
    generatedSecret: null,
  };
}

const refused: Refused = { kind: 'refused', path: '', message: 'Eloqua refused the sign-in.' };

/** `company`: the site as the user of HTTP Basic names it. */
async function credentialsOf(
  input: EloquaInput,
  tools: ConnectTools,
): Promise<{ kind: 'given'; credentials: EloquaCredentials; company: string | null } | Refused> {
  const { authorizationId, company, username, password } = eloquaInput.safeParse(input).data ?? {};
  const basic = [company, username, password];
  if (authorizationId ? basic.some(Boolean) : !basic.every(Boolean)) {
    return {
      kind: 'refused',
      path: '',
      message: 'expected either authorizationId, or company, username and password together.',
    };
  }
  if (!authorizationId) {
    return {
      kind: 'given',
      company: company ?? null,
      credentials: {
        accessToken: Buffer.from(`${company}\\${username}:${password}`).toString('base64'),
        accessTokenExpiresAt: null,
        app: null,
        password: password ?? null,
        podUrl: '',
      },
    };
  }
  const grant = await tools.grant(authorizationId);
  const refreshToken = z.string().safeParse(grant?.tokens.refresh_token).data;
  if (!grant || !refreshToken) {
    return {
      kind: 'refused',
      path: 'authorizationId',
      message: 'expected a granted sign-in that was not used yet: begin again.',
    };
  }
  const { clientId, clientSecret, redirectUri } = grant;
  const app = { clientId, clientSecret, refreshToken, redirectUri };
  const credentials = { ...tokensOf(grant.tokens, app, grant.grantedAt), password: null, podUrl: '' };
  return { kind: 'given', credentials, company: null };
}

function refusedConnection(answer: Parameters<typeof messageOfStop>[0]): Answer {
  if (answer.kind === 'unauthorized') return refused;
  if (answer.kind === 'hold' && answer.error.vendorCode !== null) {
    return { kind: 'refused', path: '', message: answer.error.message };
  }
  return { kind: 'unavailable', message: messageOfStop(answer) };
}

/** Credentials that are not stored yet are not renewed either: they are minutes old. */
function sessionOf(tools: ConnectTools, credentials: EloquaCredentials): EloquaSession {
  const session: Session<EloquaCredentials> = {
    ...tools,
    credentials,
    memory: new Map(),
    learned: () => {},
    renew: async () => ({ kind: 'refused', error: syncError('AUTHENTICATION', `${name} refused the sign-in.`) }),
  };
  return unhurried(session);
}

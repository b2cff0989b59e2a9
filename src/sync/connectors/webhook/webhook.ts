import type { ConnectAnswer, Connector, ConnectTools, PushAnswer, PushRecord, PushSession } from '../connector.ts';
import { answerOf, wordsOf } from './answer.ts';
import {
  accountIdOf,
  accountNameOf,
  normalizeUrl,
  type WebhookCredentials,
  type WebhookInput,
  webhookCredentials,
  webhookInput,
} from './credentials.ts';
import { messageIdOf, payloadOf } from './payload.ts';
import { generateSecret, problemOfSecret } from './secret.ts';
import { signaturesOf, succeed } from './signatures.ts';

const requestMsMax = 15_000;
const answerBytesMax = 64 * 1_024;

/** A customer's own endpoint, by Standard Webhooks 1.0: one signed POST per lead. */
export const webhook: Connector<WebhookInput, WebhookCredentials> = {
  vendor: 'WEBHOOK',
  limits: { batchMax: 1, concurrentMax: 20, rate: null },
  matchField: null,
  worksUnmapped: true,
  canWriteIfBlank: false,
  credentials: webhookCredentials,
  connect,
  succeed,
  authorization: null,
  describe: async () => ({ kind: 'described', fields: [] }),
  check: () => null,
  recommended: [],
  payload: payloadOf,
  campaigns: null,
  push,
  remoteUrl: () => null,
};

/** Checks the URL and that something listens there. Sends no request: a receiver would have to tell it from a lead. */
async function connect(input: WebhookInput, { http }: ConnectTools): Promise<ConnectAnswer<WebhookCredentials>> {
  const parsed = webhookInput.safeParse(input);
  if (!parsed.success) return { kind: 'refused', path: 'url', message: 'expected a URL.' };
  const url = normalizeUrl(parsed.data.url);
  const refusal = http.refusalOf(parsed.data.url);
  if (!url || refusal) return { kind: 'refused', path: 'url', message: refusal ?? 'expected a URL.' };
  const given = parsed.data.secret || null;
  const problem = given && problemOfSecret(given);
  if (problem) return { kind: 'refused', path: 'secret', message: problem };

  const reachable = await http.checkReachable(url, { timeoutMs: requestMsMax });
  if (reachable.kind === 'failed') {
    return reachable.reason === 'BLOCKED'
      ? { kind: 'refused', path: 'url', message: reachable.message }
      : { kind: 'unavailable', message: reachable.message };
  }
  const secret = given ?? generateSecret();
  return {
    kind: 'connected',
    accountId: accountIdOf(url),
    accountName: accountNameOf(url),
    credentials: { url, secret },
    generatedSecret: given ? null : secret,
  };
}

async function push(batch: readonly PushRecord[], session: PushSession<WebhookCredentials>): Promise<PushAnswer> {
  const [record] = batch;
  if (!record || batch.length > 1) throw new RangeError(`A webhook delivers one lead a call, not ${batch.length}.`);
  const timeoutMs = Math.min(requestMsMax, session.timeLeftMs());
  if (timeoutMs <= 0 || session.signal.aborted) return { kind: 'unsent' };

  const payload = payloadOf(record);
  const body = JSON.stringify(payload);
  const id = messageIdOf(record);
  const at = new Date(session.now());
  const result = await session.http.request({
    method: 'POST',
    url: session.credentials.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Sluice',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': signaturesOf(session, id, at, body),
    },
    body,
    timeoutMs,
    answerBytesMax,
    signal: session.signal,
  });
  session.exchanged(record.itemId, {
    request: `POST ${new URL(session.credentials.url).pathname}`,
    payload,
    status: result.kind === 'response' ? result.status : (result.head?.status ?? null),
    answer: result.kind === 'response' ? wordsOf(result.text, session.credentials) : result.message,
  });
  return answerOf(result, session.credentials, session.now());
}

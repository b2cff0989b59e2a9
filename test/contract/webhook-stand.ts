import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { startWebhookReceiver, type WebhookReceiverOptions } from '../../simulators/webhook/start-webhook-receiver.ts';
import { webhook } from '../../src/sync/connectors/webhook/webhook.ts';
import { recordOf } from './records.ts';
import { createWorkbench } from './workbench.ts';

export const secretOf = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`;

export async function given(options: WebhookReceiverOptions = {}) {
  const bench = createWorkbench();
  const secret = secretOf(32);
  const receiver = await startWebhookReceiver({ secret, clock: () => bench.now, ...options });
  onTestFinished(() => receiver.close());
  const credentials = { url: receiver.url, secret };
  const session = bench.session(credentials);
  const tools = bench.tools;
  const push = (record = recordOf('ada@example.test')) => webhook.push([record], session);
  return { bench, receiver, secret, credentials, session, tools, push };
}

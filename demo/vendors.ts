import { type MarketoField, standardFields } from '../simulators/marketo/fields.ts';
import { type MarketoSimulator, startMarketo } from '../simulators/marketo/start-marketo.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook/start-webhook-receiver.ts';
import type { Kept } from './kept.ts';

export interface Vendors {
  marketo: MarketoSimulator;
  /** It listens elsewhere than last time, and so is another account. */
  marketoMoved: boolean;
  receiver: WebhookReceiver;
  receiverMoved: boolean;
  close(): Promise<void>;
}

/** How long Marketo takes for a call: long enough to see leads that are syncing. */
const latencyMs = 250;
/** A demo may run for days. */
const callsPerDay = 1_000_000;

const fields: MarketoField[] = [
  ...standardFields.map((field) => ({ ...field, ...(field.name === 'company' && { length: 100 }) })),
  picklist('industry', 'Industry', ['Software', 'Manufacturing', 'Healthcare', 'Finance', 'Education', 'Retail']),
  picklist('leadRating', 'Rating', ['A - Hot', 'B - Warm', 'C - Cold', 'D - Disqualified']),
];

function picklist(name: string, displayName: string, allowedValues: string[]): MarketoField {
  return { name, displayName, dataType: 'string', length: 255, updateable: true, allowedValues };
}

/** Starts what the demo's integrations are connected to, on the ports of last time where they are free. */
export async function startVendors(kept: Kept): Promise<Vendors> {
  const { clientId, clientSecret } = kept.marketo;
  const marketo = await onPort(kept.marketo.port, (port) =>
    startMarketo({
      port,
      clientId,
      clientSecret,
      fields,
      latencyMs,
      dailyMax: callsPerDay,
      programs: [
        { id: 1_001, name: 'Harbor Expo', channel: 'Tradeshow' },
        { id: 1_002, name: 'Spring Summit', channel: 'Tradeshow' },
      ],
    }),
  );
  const receiver = await onPort(kept.webhook.port, (port) =>
    startWebhookReceiver({ port, secret: kept.webhook.secret }),
  );
  return {
    marketo,
    marketoMoved: portOf(marketo.url) !== kept.marketo.port,
    receiver,
    receiverMoved: portOf(receiver.url) !== kept.webhook.port,
    close: async () => void (await Promise.all([marketo.close(), receiver.close()])),
  };
}

export const portOf = (url: string): number => Number(new URL(url).port);

/** On any other port where somebody else has taken this one meanwhile. */
async function onPort<Started>(port: number, start: (port: number) => Promise<Started>): Promise<Started> {
  try {
    return await start(port);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return start(0);
  }
}

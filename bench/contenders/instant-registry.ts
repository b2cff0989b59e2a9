import type { Vendor } from '../../src/domain/vendors.ts';
import type { Connector } from '../../src/sync/connectors/connector.ts';
import { marketo } from '../../src/sync/connectors/marketo/marketo.ts';

/** Marketo without the network and without its limit of calls per time: everything is taken at once. */
const instant: Connector = {
  ...marketo,
  limits: { ...marketo.limits, rate: null },
  connect: async () => ({
    kind: 'connected',
    accountId: 'instant',
    accountName: 'Instant',
    credentials: { baseUrl: 'http://127.0.0.1', clientId: 'bench', clientSecret: 'bench', partition: null },
    generatedSecret: null,
  }),
  describe: async () => ({ kind: 'described', fields: [] }),
  push: async (batch, session) => {
    for (const { itemId, values } of batch) {
      const answer = { id: itemId, status: 'created' };
      session.exchanged(itemId, { request: 'POST /rest/v1/leads.json', payload: values, status: 200, answer });
    }
    return { kind: 'answered', outcomes: batch.map(({ itemId }) => ({ kind: 'cleared', remoteId: itemId })) };
  },
};

/** As in src/sync/connectors/registry.ts. */
export const connectorOf = (vendor: Vendor): Connector | null => (vendor === 'MARKETO' ? instant : null);

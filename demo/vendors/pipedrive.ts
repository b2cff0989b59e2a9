import { startPipedrive } from '../../simulators/pipedrive/start-pipedrive.ts';
import { type DemoVendor, latencyMs, urlsAt } from './demo-vendor.ts';

/** A demo may run for days. */
const tokensPerDay = 30_000_000;
/** As of a real company: the search learns of a person a moment after it was created. */
const indexLagMs = 5_000;

export const pipedrive: DemoVendor = {
  vendor: 'PIPEDRIVE',
  name: 'Pipedrive',
  async start({ port, secret }) {
    const apiToken = secret.slice(0, 40);
    const simulator = await startPipedrive({ port, apiToken, latencyMs, indexLagMs, tokensMax: tokensPerDay });
    return {
      url: simulator.url,
      urls: urlsAt(simulator.url),
      credentials: { pipedrive: { companyDomain: 'acme', apiToken } },
      // A person that Pipedrive does not take; an answer that gets lost after it was created; a moment out of order.
      troubles: [
        () => simulator.fault({ kind: 'status', status: 400, method: 'POST', body: refusal }),
        () => simulator.fault({ kind: 'reset', method: 'POST', afterWrite: true }),
        () => simulator.fault({ kind: 'status', status: 503, path: '/api/v2/persons' }),
      ],
      close: simulator.close,
    };
  },
};

const refusal = JSON.stringify({ success: false, error: 'Validation failed: emails: invalid', errorCode: 400 });

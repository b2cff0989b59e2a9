import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { callsPerDay, type DemoVendor, latencyMs, urlsAt } from './demo-vendor.ts';

export const hubspot: DemoVendor = {
  vendor: 'HUBSPOT',
  name: 'HubSpot',
  async start({ port, secret }) {
    const accessToken = `pat-demo-${secret}`;
    const simulator = await startHubspot({
      port,
      accessToken,
      latencyMs,
      dailyMax: callsPerDay,
      lists: [{ listId: '77', name: 'Harbor Expo', processingType: 'MANUAL' }],
    });
    return {
      url: simulator.url,
      urls: urlsAt(simulator.url),
      credentials: { hubspot: { accessToken } },
      // A contact that HubSpot does not take; a moment out of order.
      troubles: [
        () =>
          simulator.fault({
            kind: 'record',
            code: 'INVALID_EMAIL',
            field: 'email',
            message: 'Email address is invalid',
          }),
        () => simulator.fault({ kind: 'status', status: 503, path: '/contacts/batch/' }),
      ],
      close: simulator.close,
    };
  },
};

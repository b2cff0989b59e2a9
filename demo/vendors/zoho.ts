import { startZoho } from '../../simulators/zoho/start-zoho.ts';
import { callsPerDay, type DemoVendor, latencyMs, urlsAt } from './demo-vendor.ts';

export const zoho: DemoVendor = {
  vendor: 'ZOHO',
  name: 'Zoho CRM',
  async start({ port, secret }) {
    const clientId = '1000.SLUICEDEMO';
    const refreshToken = `1000.demo.${secret}`;
    const simulator = await startZoho({
      port,
      clientId,
      clientSecret: secret,
      refreshToken,
      apiDomain: 'https://www.zohoapis.eu', // the same organization at every start, whatever the port
      latencyMs,
      creditsMax: callsPerDay,
      campaigns: [{ id: '7244000000000900', Campaign_Name: 'Harbor Expo', Type: 'Trade Show', Status: 'Active' }],
    });
    return {
      url: simulator.url,
      urls: urlsAt(simulator.url),
      credentials: { zoho: { accountsUrl: 'https://accounts.zoho.eu', clientId, clientSecret: secret, refreshToken } },
      // A lead that Zoho does not take; too many calls at once.
      troubles: [
        () => simulator.fault({ kind: 'record', code: 'INVALID_DATA', field: 'Email', message: 'invalid data' }),
        () => simulator.fault({ kind: 'status', status: 429, body: '{"code":"TOO_MANY_REQUESTS"}', path: '/Leads' }),
      ],
      close: simulator.close,
    };
  },
};

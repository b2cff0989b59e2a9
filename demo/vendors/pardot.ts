import { startPardot } from '../../simulators/pardot/start-pardot.ts';
import { callsPerDay, type DemoVendor, latencyMs, urlsAt } from './demo-vendor.ts';

const businessUnitId = '0UvDemo00000000001';

export const pardot: DemoVendor = {
  vendor: 'PARDOT',
  name: 'Account Engagement',
  async start({ port, secret }) {
    const clientId = 'sluice-demo';
    const simulator = await startPardot({
      port,
      clientId,
      clientSecret: secret,
      businessUnitId,
      latencyMs,
      dailyMax: callsPerDay,
    });
    const clientCredentials = { loginUrl: simulator.url, clientId, clientSecret: secret };
    return {
      url: simulator.url,
      urls: urlsAt(simulator.url),
      credentials: { pardot: { businessUnitId, clientCredentials } },
      // A prospect that it does not take; too many calls at once.
      troubles: [
        () => simulator.fault({ kind: 'record', code: '4', message: 'Invalid prospect email address' }),
        () => simulator.fault({ kind: 'status', status: 400, body: '{"code":66}', path: '/prospects/do/' }),
      ],
      close: simulator.close,
    };
  },
};

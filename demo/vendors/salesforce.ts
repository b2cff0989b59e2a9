import { startSalesforce } from '../../simulators/salesforce/start-salesforce.ts';
import { callsPerDay, type DemoVendor, latencyMs, urlsAt } from './demo-vendor.ts';

export const salesforce: DemoVendor = {
  vendor: 'SALESFORCE',
  name: 'Salesforce',
  async start({ port, secret }) {
    const clientId = 'sluice-demo';
    const simulator = await startSalesforce({
      port,
      clientId,
      clientSecret: secret,
      latencyMs,
      dailyMax: callsPerDay,
      campaigns: [
        { id: '701Demo00000001AAA', name: 'Harbor Expo', statuses: ['Sent', 'Responded', 'Visited the booth'] },
        { id: '701Demo00000002AAA', name: 'Spring Summit', statuses: ['Sent', 'Responded'] },
      ],
    });
    const clientCredentials = { loginUrl: simulator.url, clientId, clientSecret: secret };
    return {
      url: simulator.url,
      urls: urlsAt(simulator.url),
      credentials: { salesforce: { clientCredentials } },
      // A validation rule refuses a lead; too many long calls at once.
      troubles: [
        () =>
          simulator.fault({
            kind: 'record',
            code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
            message: 'Competitors are not to be entered as leads.',
            path: 'sobjects Lead',
          }),
        () =>
          simulator.fault({
            kind: 'status',
            status: 403,
            body: '[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentPerOrgLongTxn Limit exceeded."}]',
            path: 'sobjects Lead',
          }),
      ],
      close: simulator.close,
    };
  },
};

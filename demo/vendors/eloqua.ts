import { startEloqua } from '../../simulators/eloqua/start-eloqua.ts';
import { type DemoVendor, latencyMs, urlsAt } from './demo-vendor.ts';

const company = 'SluiceDemo';
const username = 'Api.User';

export const eloqua: DemoVendor = {
  vendor: 'ELOQUA',
  name: 'Eloqua',
  async start({ port, secret }) {
    const simulator = await startEloqua({ port, company, username, password: secret, latencyMs });
    return {
      url: simulator.url,
      urls: urlsAt(simulator.url),
      credentials: { eloqua: { company, username, password: secret } },
      // A contact that the import rejects; a sync that ends in an error.
      troubles: [
        () => simulator.fault({ kind: 'record', code: 'ELQ-00002', message: 'Invalid email addresses.' }),
        () =>
          simulator.planSync({
            status: 'error',
            logs: [{ severity: 'error', statusCode: 'ELQ-00107', message: 'Error processing import staging file.' }],
          }),
      ],
      close: simulator.close,
    };
  },
};

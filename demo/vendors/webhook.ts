import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import type { DemoVendor } from './demo-vendor.ts';

export const webhook: DemoVendor = {
  vendor: 'WEBHOOK',
  name: 'Data warehouse',
  async start({ port, secret: hex }) {
    const secret = `whsec_${Buffer.from(hex, 'hex').toString('base64')}`;
    const receiver = await startWebhookReceiver({ port, secret });
    return {
      url: receiver.url,
      urls: null,
      credentials: { webhook: { url: receiver.url, secret } },
      mappings: [],
      // A delivery that is refused; a receiver out of order.
      troubles: [() => receiver.script(422), () => receiver.script(503)],
      close: receiver.close,
    };
  },
};

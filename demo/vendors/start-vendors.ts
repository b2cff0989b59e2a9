import type { Vendor } from '../../src/domain/vendors.ts';
import { type Kept, type KeptVendor, keptOf } from '../kept.ts';
import type { DemoVendor, RunningVendor } from './demo-vendor.ts';
import { eloqua } from './eloqua.ts';
import { hubspot } from './hubspot.ts';
import { marketo } from './marketo.ts';
import { pardot } from './pardot.ts';
import { pipedrive } from './pipedrive.ts';
import { salesforce } from './salesforce.ts';
import { webhook } from './webhook.ts';
import { zoho } from './zoho.ts';

export const demoVendors: readonly DemoVendor[] = [
  marketo,
  webhook,
  hubspot,
  pardot,
  pipedrive,
  salesforce,
  zoho,
  eloqua,
];

/** Without `--vendors`. */
export const usualVendors: readonly Vendor[] = ['MARKETO', 'WEBHOOK'];

/** A vendor that is running, with what the demo keeps of it. */
export interface StartedVendor extends RunningVendor {
  vendor: Vendor;
  name: string;
  kept: KeptVendor;
  /** It listens elsewhere than last time: where an account is known by its address, this is another one. */
  moved: boolean;
}

/**
 * Starts what the demo's integrations are connected to, on the ports of last time where they are free. An integration of an earlier start is
 * played whether it is asked for now or not: left alone it would call the vendor itself.
 */
export async function startVendors(kept: Kept, asked: readonly Vendor[]): Promise<StartedVendor[]> {
  const played = demoVendors.filter(({ vendor }) => asked.includes(vendor) || kept.vendors[vendor]?.integrationId);
  return Promise.all(
    played.map(async (demo) => {
      const own = keptOf(kept, demo.vendor);
      const running = await onPort(own.port, (port) => demo.start({ port, secret: own.secret }));
      const port = Number(new URL(running.url).port);
      const moved = port !== own.port;
      own.port = port;
      return { ...running, vendor: demo.vendor, name: demo.name, kept: own, moved };
    }),
  );
}

/** On any other port where somebody else has taken this one meanwhile. */
async function onPort<Started>(port: number, start: (port: number) => Promise<Started>): Promise<Started> {
  try {
    return await start(port);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return start(0);
  }
}

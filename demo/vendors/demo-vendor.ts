import type { VendorUrls } from '../../src/config.ts';
import type { Vendor } from '../../src/domain/vendors.ts';
import type { Fields } from '../api.ts';

/** A vendor as the demo plays it. */
export interface DemoVendor {
  vendor: Vendor;
  /** Of the integration. */
  name: string;
  /** On the port, or throws EADDRINUSE. `secret`: 48 hexadecimal digits, the same at every start. */
  start(given: { port: number; secret: string }): Promise<RunningVendor>;
}

export interface RunningVendor {
  url: string;
  /** Where Sluice reaches it in place of its own hosts; null: the credentials say where. */
  urls: VendorUrls | null;
  /** Of `connect`. */
  credentials: Fields;
  /** Absent: those that the vendor's connector recommends; empty: it works without. */
  mappings?: Fields[];
  /** What goes wrong there now and then. */
  troubles: readonly (() => void)[];
  close(): Promise<void>;
}

/** How long a simulator takes for a call: long enough to see leads that are syncing. */
export const latencyMs = 250;
/** A demo may run for days. */
export const callsPerDay = 1_000_000;

/** Sign-in and API at one address. */
export const urlsAt = (url: string): VendorUrls => ({ authUrl: url, apiUrl: url });

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Vendor, vendors } from '../src/domain/vendors.ts';

const keptVendorSchema = z.object({
  /** An account may be known by its address: on another port the simulator would be another account. 0: none yet. */
  port: z.int(),
  secret: z.string(),
  /** Null: not connected yet. */
  integrationId: z.string().nullable(),
});
export type KeptVendor = z.infer<typeof keptVendorSchema>;

/** What a second start of the demo needs to find everything again. Holds secrets, of the demo alone. */
const keptSchema = z.object({ apiKey: z.string(), vendors: z.partialRecord(z.enum(vendors), keptVendorSchema) });
export type Kept = z.infer<typeof keptSchema>;

const pathIn = (dataDir: string): string => join(dataDir, 'demo.json');

/** What the last start kept, or what a first one begins with. Null: what is there is not of this version. */
export async function readKept(dataDir: string): Promise<Kept | null> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch(() => null);
  if (text !== null) return keptSchema.safeParse(JSON.parse(text)).data ?? null;
  return { apiKey: `slk_${randomBytes(32).toString('base64url')}`, vendors: {} };
}

/** What is kept of one vendor, made where nothing is. */
export function keptOf(kept: Kept, vendor: Vendor): KeptVendor {
  const own = kept.vendors[vendor] ?? { port: 0, secret: randomBytes(24).toString('hex'), integrationId: null };
  kept.vendors[vendor] = own;
  return own;
}

/** Whole or not at all, whenever the demo is killed. */
export async function keep(dataDir: string, kept: Kept): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const path = pathIn(dataDir);
  await writeFile(`${path}.tmp`, JSON.stringify(kept, null, 2), { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What a second start of the demo needs to find everything again. Holds secrets, of the demo alone. */
const keptSchema = z.object({
  apiKey: z.string(),
  marketo: z.object({
    /** An account is known by its address: on another port the simulator would be another account. 0: none yet. */
    port: z.int(),
    clientId: z.string(),
    clientSecret: z.string(),
    /** Null: not connected yet. */
    integrationId: z.string().nullable(),
  }),
  webhook: z.object({ port: z.int(), secret: z.string(), integrationId: z.string().nullable() }),
});
export type Kept = z.infer<typeof keptSchema>;

const pathIn = (dataDir: string): string => join(dataDir, 'demo.json');

/** What the last start kept, or what a first one begins with. */
export async function readKept(dataDir: string): Promise<Kept> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch(() => null);
  if (text !== null) return keptSchema.parse(JSON.parse(text));
  return {
    apiKey: `slk_${randomBytes(32).toString('base64url')}`,
    marketo: {
      port: 0,
      clientId: 'sluice-demo',
      clientSecret: randomBytes(16).toString('hex'),
      integrationId: null,
    },
    webhook: { port: 0, secret: `whsec_${randomBytes(24).toString('base64')}`, integrationId: null },
  };
}

/** Whole or not at all, whenever the demo is killed. */
export async function keep(dataDir: string, kept: Kept): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const path = pathIn(dataDir);
  await writeFile(`${path}.tmp`, JSON.stringify(kept, null, 2), { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}

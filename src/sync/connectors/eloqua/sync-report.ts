import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import type { Stopped } from '../connector.ts';
import { bulkPath, type EloquaSession } from './api.ts';
import { emailField } from './definitions.ts';
import { readPatiently } from './follow-sync.ts';

/** A record that a sync did not take. */
export interface Reject {
  code: string;
  message: string;
  /** As the definition names it. */
  field: string | null;
  /** Of the record, as it is compared; null: the reject does not tell it. */
  email: string | null;
}

export interface LogEntry {
  code: string;
  message: string;
  severity: string;
  /** How many records it is about; null: it does not say. */
  count: number | null;
}

export type SyncReport = { kind: 'report'; rejects: Reject[]; logs: LogEntry[] } | { kind: 'stopped'; answer: Stopped };

const pageSize = 1_000;
const pagesMax = 20;

const text = z.union([z.string(), z.number()]).transform(String).nullish().catch(null);
const reject = z.object({
  statusCode: text,
  message: text,
  invalidFields: z.array(z.string()).nullish().catch(null),
  fieldValues: z.record(z.string(), z.unknown()).nullish().catch(null),
});
const log = z.object({
  statusCode: text,
  message: text,
  severity: text,
  count: z.coerce.number().nullish().catch(null),
});
const page = z.object({ items: z.array(z.unknown()).nullish(), hasMore: z.boolean().nullish().catch(null) });

/** What a sync says of its records. `emails`: of those that were imported, to know a rejected one by. */
export async function readReport(
  session: EloquaSession,
  uri: string,
  emails: ReadonlySet<string>,
): Promise<SyncReport> {
  const rejects = await readAll(session, `${bulkPath}${uri}/rejects`);
  if (rejects.kind === 'stopped') return rejects;
  const logs = await readAll(session, `${bulkPath}${uri}/logs`);
  if (logs.kind === 'stopped') return logs;
  return {
    kind: 'report',
    rejects: rejects.items.map((item): Reject => {
      const read = reject.safeParse(item).data;
      return {
        code: read?.statusCode ?? '',
        message: read?.message ?? '',
        field: read?.invalidFields?.[0] ?? null,
        email: emailOf(read?.fieldValues ?? {}, emails),
      };
    }),
    logs: logs.items.map((item): LogEntry => {
      const read = log.safeParse(item).data;
      return {
        code: read?.statusCode ?? '',
        message: read?.message ?? '',
        severity: read?.severity?.toLowerCase() ?? '',
        count: read?.count ?? null,
      };
    }),
  };
}

/** Under the address's own name, or whatever name holds an address of the import: the shape of rejects is not documented in full. */
function emailOf(values: Record<string, unknown>, emails: ReadonlySet<string>): string | null {
  const candidates = [values[emailField], ...Object.values(values)];
  for (const value of candidates) {
    const key = typeof value === 'string' ? matchKeyOf(value) : null;
    if (key !== null && emails.has(key)) return key;
  }
  return null;
}

/** Every page. An answer that is none of these has nothing to tell. */
async function readAll(
  session: EloquaSession,
  path: string,
): Promise<{ kind: 'items'; items: unknown[] } | { kind: 'stopped'; answer: Stopped }> {
  const items: unknown[] = [];
  for (let pages = 0; pages < pagesMax; pages++) {
    const reply = await readPatiently(session, `${path}?limit=${pageSize}&offset=${items.length}`);
    if (reply.kind === 'stopped') return reply;
    const read = page.safeParse(reply.response.body).data;
    const more = read?.items ?? [];
    items.push(...more);
    if (!read?.hasMore || more.length === 0) break;
  }
  return { kind: 'items', items };
}

import { z } from 'zod';
import { CliError, printable } from '../cli-error.ts';
import { ApiError, type GraphqlClient } from '../graphql-client.ts';
import { type Columns, columnOfPath } from './csv-columns.ts';
import type { BadRow, GoodRow } from './csv-leads.ts';
import { refusalOf } from './refusal.ts';

const captureDocument = /* GraphQL */ `
  mutation ImportCaptureLeads($input: CaptureLeadsInput!) {
    captureLeads(input: $input) {
      __typename
      ... on ValidationError { message fieldErrors { path message } }
      ... on NotFoundError { message }
      ... on ForbiddenError { message requiredRole }
    }
  }
`;

const captureSchema = z.object({
  captureLeads: z.looseObject({
    __typename: z.string(),
    fieldErrors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});

export interface CaptureTarget {
  client: GraphqlClient;
  eventId: string;
  /** To name the column that a refusal is about. */
  columns: Columns;
}

/** What became of the rows so far; also right when an error ends the capturing halfway. */
export interface CaptureTally {
  imported: number;
  bad: BadRow[];
}

/**
 * Captures the rows in one call. The server takes all of a call or none: rows that it refuses are tallied as bad and the others sent
 * again without them; a call that is too large is sent in halves.
 * @throws CliError when it is not about single rows
 */
export async function captureRows(target: CaptureTarget, rows: readonly GoodRow[], tally: CaptureTally): Promise<void> {
  let waiting = rows;
  while (waiting.length > 0) {
    const refused = await captureCall(target, waiting);
    if (refused === 'too large') {
      const half = Math.ceil(waiting.length / 2);
      await captureRows(target, waiting.slice(0, half), tally);
      waiting = waiting.slice(half);
      continue;
    }
    if (refused.size === 0) {
      tally.imported += waiting.length;
      return;
    }
    tally.bad.push(...refused.values());
    waiting = waiting.filter((_, index) => !refused.has(index));
  }
}

/** One call. What the server refuses, by index; empty when it took them. */
async function captureCall(
  target: CaptureTarget,
  rows: readonly GoodRow[],
): Promise<Map<number, BadRow> | 'too large'> {
  const { client, eventId, columns } = target;
  const input = { eventId, leads: rows.map(({ lead }) => lead) };
  try {
    const { captureLeads: result } = await client.request(captureDocument, { input }, captureSchema);
    if (result.__typename === 'CaptureLeadsSuccess') return new Map();
    const refused =
      result.__typename === 'ValidationError'
        ? refusedRows(result.fieldErrors ?? [], rows, columns)
        : new Map<number, BadRow>();
    if (refused.size === 0) throw new CliError(`The server does not take the leads: ${refusalOf(result)}`);
    return refused;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'LIMIT_EXCEEDED') throw error;
    const [row] = rows;
    if (rows.length > 1 || !row) return 'too large';
    return new Map([[0, { line: row.line, column: null, reason: 'is larger than the server takes' }]]);
  }
}

function refusedRows(
  fieldErrors: readonly { path: string; message: string }[],
  rows: readonly GoodRow[],
  columns: Columns,
): Map<number, BadRow> {
  const refused = new Map<number, BadRow>();
  for (const { path, message } of fieldErrors) {
    const [, index = '', field = ''] = /(?:^|\.)leads\.(\d+)(?:\.(.+))?$/.exec(path) ?? [];
    const row = index ? rows[Number(index)] : undefined;
    if (!row || refused.has(Number(index))) continue;
    refused.set(Number(index), {
      line: row.line,
      column: columnOfPath(field, row.lead, columns),
      reason: printable(message),
    });
  }
  return refused;
}

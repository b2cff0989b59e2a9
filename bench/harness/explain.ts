import { drizzle } from 'drizzle-orm/postgres-js';
import { z } from 'zod';
import type { Db, SqlClient } from '../../src/db/client.ts';

export interface PlanNode {
  'Node Type': string;
  'Index Name'?: string | undefined;
  'Relation Name'?: string | undefined;
  /** 0: it never ran. Only of plans that were executed. */
  'Actual Loops'?: number | undefined;
  'Shared Hit Blocks'?: number | undefined;
  'Shared Read Blocks'?: number | undefined;
  Plans?: PlanNode[] | undefined;
}
const PlanNode: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Index Name': z.string().optional(),
  'Relation Name': z.string().optional(),
  'Actual Loops': z.number().optional(),
  'Shared Hit Blocks': z.number().optional(),
  'Shared Read Blocks': z.number().optional(),
  get Plans() {
    return z.array(PlanNode).optional();
  },
});
const Explained = z.tuple([
  z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: PlanNode, 'Execution Time': z.number().optional() })]) }),
]);

export interface Explained {
  plan: PlanNode;
  /** Milliseconds; NaN where it was not executed. */
  ms: number;
}

/** The plans of every statement that `ask` makes; `analyze` executes them once more and says what that took. */
export async function explain(
  sql: SqlClient,
  ask: (db: Db) => Promise<unknown>,
  { analyze = false } = {},
): Promise<Explained[]> {
  const asked: { query: string; params: unknown[] }[] = [];
  await ask(
    drizzle(sql, { casing: 'snake_case', logger: { logQuery: (query, params) => asked.push({ query, params }) } }),
  );
  const options = analyze ? 'analyze, buffers, format json' : 'format json';
  const explained: Explained[] = [];
  for (const { query, params } of asked) {
    const rows = await sql.unsafe(`explain (${options}) ${query}`, params as never[]);
    const [{ 'QUERY PLAN': plans }] = Explained.parse(Array.from(rows));
    explained.push({ plan: plans[0].Plan, ms: plans[0]['Execution Time'] ?? Number.NaN });
  }
  return explained;
}

/** All nodes, from the top down. */
export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The kinds of the plan's nodes; a scan with its index. */
export const wordsOf = (plan: PlanNode): string =>
  nodesOf(plan)
    .map(({ 'Node Type': kind, 'Index Name': index }) => (index ? `${kind} ${index}` : kind))
    .join(' > ');

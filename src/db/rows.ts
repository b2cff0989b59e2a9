import { z } from 'zod';

/** Parses the rows of a raw statement, so that nothing unchecked comes out of SQL. Throws where the statement and the schema disagree: a bug. */
export async function rowsOf<Row extends z.ZodType>(row: Row, query: PromiseLike<unknown>): Promise<z.output<Row>[]> {
  return z.array(row).parse(Array.from((await query) as Iterable<unknown>));
}

/** As rowsOf, of a statement that gives at most one row. */
export async function rowOf<Row extends z.ZodType>(
  row: Row,
  query: PromiseLike<unknown>,
): Promise<z.output<Row> | null> {
  return (await rowsOf(row, query))[0] ?? null;
}

/** Drizzle hands timestamps through as Postgres prints them. */
export const instantColumn = z.coerce.date();

/** bigint comes as a string; our positions and sums stay far below 2^53. */
export const bigintColumn = z.coerce.number();

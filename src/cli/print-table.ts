import { printable } from './cli-error.ts';

/** Prints rows in columns, under their names; nothing but the names when there are none. */
export function printTable(names: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [names, ...rows.map((row) => row.map(printable))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    console.log(
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

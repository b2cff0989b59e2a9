/**
 * What makes a spreadsheet compute the cell instead of showing it, at its start and behind anything that another program might take for a
 * separator. Full-width forms count as well.
 */
const formulaStart = /(^|[,;|\t\r\n])(["' ]*)([=+\-@＝＋－＠])/g;

/** A text that no spreadsheet runs: an apostrophe stands before what would start a formula, a tab or a line break at the start included. */
export function withoutFormulas(text: string): string {
  const safe = text.replace(formulaStart, "$1$2'$3");
  return /^[\t\r\n]/.test(safe) ? `'${safe}` : safe;
}

/** One record by RFC 4180, with its line break: every cell is quoted, quotes are doubled. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map((cell) => (cell === null ? '' : `"${withoutFormulas(String(cell)).replaceAll('"', '""')}"`)).join(',')}\r\n`;
}

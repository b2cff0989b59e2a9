const plain = new Intl.NumberFormat('en');
const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

export const numberOf = (n: number): string => plain.format(n);

/** Never 100 % or 0 % where one lead is missing from it. */
export function shareOf(part: number, whole: number): string {
  if (whole === 0) return '0%';
  if (part === 0 || part === whole) return share.format(part / whole);
  return share.format(Math.min(0.999, Math.max(0.001, part / whole)));
}

/** `1 lead`, `2,000 leads`. */
export const countOf = (n: number, one: string, many = `${one}s`): string =>
  `${plain.format(n)} ${n === 1 ? one : many}`;
export const leadsOf = (n: number): string => countOf(n, 'lead');

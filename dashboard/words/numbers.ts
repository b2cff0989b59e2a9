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

export function durationOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Number((ms / 3_600_000).toFixed(1))} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

const kilobyte = 1_000;

export function bytesOf(bytes: number): string {
  if (bytes < kilobyte ** 2) return `${Math.ceil(bytes / kilobyte)} kB`;
  return `${(bytes / kilobyte ** 2).toFixed(1)} MB`;
}

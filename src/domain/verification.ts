/** What a verification can find, each kind a sentence that did not hold. */
export const findingKinds = [
  'COUNT_WRONG',
  'LEAD_COUNT_WRONG',
  'LEADS_UNACCOUNTED',
  'ITEM_CONTRADICTS_LOG',
  'ITEM_CONTRADICTS_LEAD',
  'ITEM_LOST',
  'LOG_GAP',
  'LOG_CONTRADICTS_ITSELF',
  'MISSING_AT_VENDOR',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** One thing that is not as it must be. Names what and where; nothing of a lead is in it. */
export interface Finding {
  kind: FindingKind;
  /** What was expected and what was found, in plain words. */
  message: string;
  integrationId: string | null;
  eventId: string | null;
  itemId: string | null;
  /** In the integration's log. */
  position: number | null;
}

/** Where the captured leads of an integration are; `captured` is the sum of the others wherever nothing is wrong. */
export interface Balance {
  captured: number;
  notEnriched: number;
  /** Enriched, and not on this integration's list: captured before it was connected. */
  notTaken: number;
  waiting: number;
  failed: number;
  cleared: number;
  withdrawn: number;
}

export const emptyBalance: Balance = {
  captured: 0,
  notEnriched: 0,
  notTaken: 0,
  waiting: 0,
  failed: 0,
  cleared: 0,
  withdrawn: 0,
};

export function addBalances(one: Balance, other: Balance): Balance {
  const names = Object.keys(emptyBalance) as (keyof Balance)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Balance;
}

/** What is left unaccounted for; 0: every captured lead is somewhere, once. */
export function differenceOf({ captured, ...places }: Balance): number {
  return captured - Object.values(places).reduce((sum, n) => sum + n, 0);
}

/** How the read-back at one integration's vendor ended. */
export const readBackStates = ['CHECKED', 'NOT_SUPPORTED', 'NOT_CONNECTED', 'INTERRUPTED'] as const;
export type ReadBackState = (typeof readBackStates)[number];

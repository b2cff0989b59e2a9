import type { ApiContext } from '../api.ts';
import type { Fields } from './fields.ts';
import type { Prospects } from './prospects.ts';

/** What calls work with. */
export interface Account {
  prospects: Prospects;
  fields: Fields;
  campaigns: readonly { id: number; name: string }[];
  /** Several prospects may have one address. */
  severalPerEmail: boolean;
  /** The API user may read prospects. */
  mayRead: boolean;
  /** How far reads are behind writes. */
  readLagMs: number;
  /** IANA. */
  timeZone: string;
  context: ApiContext;
}

import { z } from 'zod';
import { loginInput, salesforceLogin } from '../salesforce-login/credentials.ts';

const unitId = 'expected the id of the business unit, which begins with 0Uv and has 18 characters.';

export const pardotInput = loginInput.omit({ jwt: true }).extend({
  businessUnitId: z
    .string(unitId)
    .trim()
    .regex(/^0Uv[A-Za-z0-9]{15}$/, unitId),
});
export type PardotInput = z.input<typeof pardotInput>;

/** The sign-in to the Salesforce org, and the business unit that it is for. */
export const pardotCredentials = salesforceLogin.extend({
  businessUnitId: z.string(),
  /** Sandboxes and developer orgs are on a host of their own. */
  sandbox: z.boolean(),
  /** Of the account, as an offset such as -05:00, when it was connected; null: no answer told it. */
  timeZone: z.string().nullable(),
});
export type PardotCredentials = z.output<typeof pardotCredentials>;

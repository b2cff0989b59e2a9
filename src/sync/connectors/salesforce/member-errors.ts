import type { RecordOutcome } from '../connector.ts';
import { errorOf, type SalesforceSession } from './api.ts';
import type { SalesforceError } from './errors.ts';
import type { Member } from './members.ts';

/** What a refused membership amounts to; the record itself is at Salesforce, unless it is what is missing. */
export function failureOf({ personId }: Member, error: SalesforceError, session: SalesforceSession): RecordOutcome {
  const stored = errorOf(error, session);
  const written = { remoteId: personId };
  if (isPassing(error) || error.step === 'OUTAGE' || error.step === 'TIMEOUT') {
    return { kind: 'postponed', error: stored, retryAfterMs: null, written };
  }
  if (isOfPerson(error, personId)) {
    const message = 'The lead is not in Salesforce any more.';
    // It is not written any more: the next push makes it anew.
    return { kind: 'failed', error: { ...stored, category: 'REMOTE_RECORD_GONE', message } };
  }
  if (isOfCampaign(error)) {
    const message = 'The campaign of the event, or the member status, is not in Salesforce.';
    return { kind: 'failed', error: { ...stored, category: 'CAMPAIGN_NOT_FOUND', message }, written };
  }
  return { kind: 'failed', error: stored, written };
}

/** "Already a campaign member." */
export const isBenign = ({ code }: SalesforceError): boolean => code === 'DUPLICATE_VALUE';

/** Once more may help. */
export const isPassing = ({ step }: SalesforceError): boolean => step === 'LOCKED' || step === 'HALTED';

const ofReference =
  /^(INVALID_CROSS_REFERENCE_KEY|ENTITY_IS_DELETED|NOT_FOUND|MALFORMED_ID|FIELD_INTEGRITY_EXCEPTION)$/;

const isOfPerson = ({ code, fields, message }: SalesforceError, personId: string): boolean =>
  ofReference.test(code) &&
  (fields.some((field) => /^(LeadId|ContactId)$/i.test(field)) || message.includes(personId.slice(0, 15)));

/** A reference that is named by nothing is the campaign: the person was written a moment ago. */
const isOfCampaign = ({ code, fields }: SalesforceError): boolean =>
  ofReference.test(code) ||
  (code === 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST' && fields.every((field) => field === 'Status'));

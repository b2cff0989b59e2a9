import type { Org, Problem } from './org.ts';

/** Finds leads of the same last name and company, as the standard rule does roughly. */
export const duplicateRule =
  (org: Org, kind: 'BLOCK' | 'ALERT' | null, allowSave: boolean) =>
  (object: string, { LastName, Company }: Record<string, unknown>): Problem | null => {
    if (object !== 'Lead' || kind === null || (kind === 'ALERT' && allowSave)) return null;
    const matches = org.all('Lead').filter((lead) => lead.LastName === LastName && lead.Company === Company);
    if (matches.length === 0) return null;
    return {
      code: 'DUPLICATES_DETECTED',
      message: 'Use one of these records?',
      fields: [],
      duplicateResult: {
        allowSave: kind === 'ALERT',
        duplicateRule: 'Standard_Rule_for_Leads_with_Duplicate_Leads',
        duplicateRuleEntityType: 'Lead',
        errorMessage: 'Use one of these records?',
        matchResults: [
          {
            entityType: 'Lead',
            errors: [],
            matchEngine: 'FuzzyMatchEngine',
            matchRecords: matches.map(({ Id }) => ({
              additionalInformation: [],
              fieldDiffs: [],
              matchConfidence: 100,
              record: { attributes: { type: 'Lead', url: `/services/data/v67.0/sobjects/Lead/${Id}` }, Id },
            })),
            rule: 'Standard_Lead_Match_Rule_v1_0',
            size: matches.length,
            success: true,
          },
        ],
      },
    };
  };

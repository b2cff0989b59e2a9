import type { PushRecord } from '../../src/sync/connectors/connector.ts';

/** A record as the engine hands it over, mapped to the fields that every Marketo has. */
export function recordOf(email: string, overrides: Partial<PushRecord> = {}): PushRecord {
  const name = email.split('@')[0] ?? email;
  return {
    itemId: `item-${name}`,
    values: { email, firstName: name },
    fields: new Map(),
    writeIfBlank: [],
    mapped: true,
    lead: {
      id: `lead-${name}`,
      externalId: null,
      firstName: name,
      lastName: 'Lovelace',
      email,
      company: 'Analytical Engines',
      jobTitle: null,
      phone: null,
      qualifiers: [{ name: 'Interest', values: ['Pumps', 'Valves'] }],
      attributes: [{ name: 'badge', value: '42' }],
      capturedAt: new Date('2026-11-02T09:30:00Z'),
      revision: 3,
    },
    event: { id: 'event-1', name: 'Hannover Messe' },
    remoteId: null,
    campaign: null,
    written: false,
    ...overrides,
  };
}

/** `count` records with addresses of their own. */
export const recordsOf = (count: number, prefix = 'lead'): PushRecord[] =>
  Array.from({ length: count }, (_, index) => recordOf(`${prefix}${index}@example.test`));

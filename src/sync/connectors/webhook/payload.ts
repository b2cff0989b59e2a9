import type { PushRecord } from '../connector.ts';

/**
 * What a delivery says: the mapped fields, or the whole lead when nothing is mapped. Only what the mapping lets out leaves. The timestamp is
 * the capture's, not the attempt's, so that a repeated delivery has the same bytes.
 */
export function payloadOf(record: PushRecord) {
  const { itemId, lead, event, values, mapped } = record;
  const { id, externalId, capturedAt, revision, ...person } = lead;
  return {
    type: 'lead.delivered',
    timestamp: capturedAt.toISOString(),
    data: {
      itemId,
      revision,
      lead: { id, externalId, capturedAt: capturedAt.toISOString(), ...(!mapped && person) },
      event: { id: event.id, name: event.name },
      ...(mapped && { fields: values }),
    },
  };
}

/** The receiver's idempotency key: the same for every attempt to deliver one revision of a lead. */
export const messageIdOf = (record: PushRecord): string => `msg_${record.itemId}_${record.lead.revision}`;

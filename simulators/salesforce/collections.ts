import type { ApiAnswer } from '../api.ts';
import { jsonOf, type Received } from '../server.ts';
import { refused } from './refused.ts';
import { isProblem, unreadable, type Way, type WriteContext, type Written, writeRecord } from './write.ts';

const recordsMax = 200;

type Given = Record<string, unknown>;

/** POST creates, PATCH updates by `id`, or upserts by the field that the address names. Results are in the order of the records. */
export function answerCollection(
  method: string,
  object: string | null,
  keyField: string | null,
  received: Received,
  context: WriteContext,
): ApiAnswer {
  if (method !== 'POST' && method !== 'PATCH') {
    return refused(405, {
      code: 'METHOD_NOT_ALLOWED',
      message: `HTTP Method '${method}' not allowed. Allowed are PATCH,POST`,
    });
  }
  const { allOrNone = false, records } = (jsonOf(received.body) ?? {}) as { allOrNone?: boolean; records?: Given[] };
  if (!Array.isArray(records))
    return refused(400, { code: 'JSON_PARSER_ERROR', message: 'The HTTP entity body is required' });
  if (records.length === 0)
    return refused(400, { code: 'REQUIRED_FIELD_MISSING', message: 'At least 1 record is required' });
  if (records.length > recordsMax) {
    const message = `The batch size of ${records.length} is over the maximum of ${recordsMax}`;
    return refused(400, { code: 'EXCEEDED_ID_LIMIT', message });
  }
  for (const record of records) {
    const type = typeOf(record);
    if (type === null)
      return refused(400, { code: 'INVALID_FIELD', message: "Record type must be specified in 'attributes'" });
    const bad = unreadable(type, record, context.org);
    if (bad) return refused(400, bad);
  }
  const way = wayOf(method, object, keyField, context);
  if ('status' in way) return way;
  const undo = allOrNone ? context.org.save() : null;
  const results = records.map((record): Written => {
    const twice = twiceIn(records, record, way);
    return twice ?? writeRecord(typeOf(record) ?? '', way, record, context);
  });
  const failed = results.some(isProblem);
  if (failed) undo?.();
  return { status: 200, body: results.map((written) => resultOf(written, way, allOrNone && failed)) };
}

const typeOf = (record: Given): string | null => {
  const { type } = (record.attributes ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type : null;
};

function wayOf(method: string, object: string | null, keyField: string | null, { org }: WriteContext): Way | ApiAnswer {
  if (object === null || keyField === null) return { kind: method === 'POST' ? 'create' : 'update' };
  const field = org.field(object, keyField);
  if (method === 'PATCH' && (field?.externalId || field?.idLookup)) return { kind: 'upsert', field: field.name };
  return refused(404, { code: 'NOT_FOUND', message: 'Provided external ID field does not exist or is not accessible' });
}

/** The same key twice in one call is an error of the later one. */
function twiceIn(records: readonly Given[], record: Given, way: Way): Written | null {
  const keyOf = (one: Given) =>
    way.kind === 'upsert' ? one[way.field] : way.kind === 'update' ? (one.id ?? one.Id) : undefined;
  const key = keyOf(record);
  const first = key === undefined ? record : records.find((one) => keyOf(one) === key);
  if (first === record) return null;
  return {
    code: 'DUPLICATE_VALUE',
    message: `duplicate value found: ${String(key)} is in the request twice`,
    fields: [],
  };
}

function resultOf(written: Written, way: Way, isRolledBack: boolean) {
  const failure = (statusCode: string, message: string, fields: string[] = [], more = {}) => ({
    success: false,
    errors: [{ statusCode, message, fields, ...more }],
  });
  if (isProblem(written)) {
    const { code, message, fields, duplicateResult } = written;
    return failure(code, message, fields, duplicateResult === undefined ? {} : { duplicateResult });
  }
  if (isRolledBack) {
    return failure(
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'Record rolled back because not all records were valid and the request was using AllOrNone header',
    );
  }
  const { id, created } = written;
  return { id, success: true, ...(way.kind === 'upsert' && { created }), errors: [] };
}

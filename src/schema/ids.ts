import { encodeGlobalID } from '@pothos/plugin-relay';

/** What can be fetched by its id. */
export const nodeTypes = [
  'Organization',
  'ApiKey',
  'Integration',
  'Event',
  'Lead',
  'SyncItem',
  'Retry',
  'Authorization',
  'NotificationRule',
  'Verification',
  'Backfill',
] as const;
export type NodeType = (typeof nodeTypes)[number];

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Names nothing: handed to a use case for an id that is none, so that it answers in its own order, role first. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** The row's id in a global id; null for what is malformed or names something else. Never throws. */
export function idOf(type: NodeType, globalId: string): string | null {
  const [prefix, id, ...rest] = Buffer.from(globalId, 'base64').toString('utf8').split(':');
  if (prefix !== type || !id || rest.length > 0 || !uuid.test(id)) return null;
  return encodeGlobalID(type, id) === globalId ? id : null;
}

/** As idOf, for what is given to a use case: an id that names nothing is looked for and not found. */
export function givenId(type: NodeType, globalId: string): string {
  return idOf(type, globalId) ?? nobody;
}

/** The global id of a row. */
export const publicIdOf = (type: NodeType, id: string): string => encodeGlobalID(type, id);

/** The id of something that is no Node but must be told apart. */
export const opaqueId = (type: string, ...parts: string[]): string => encodeGlobalID(type, parts.join('/'));

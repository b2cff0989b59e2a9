import type { ApiAnswer } from '../api.ts';
import type { ContactStore } from './contact-store.ts';
import { errorOf } from './error-body.ts';

export interface StaticList {
  listId: string;
  name: string;
  processingType: 'MANUAL' | 'SNAPSHOT' | 'DYNAMIC';
}

interface Account {
  lists: readonly StaticList[];
  contacts: ContactStore;
  /** List to ids of its contacts. */
  members: Map<string, Set<string>>;
}

interface Search {
  query?: string;
  processingTypes?: string[];
}

/** The calls of lists, below the version's prefix; null: none of them. */
export function answerLists(
  method: string,
  path: string,
  asked: unknown,
  { lists, contacts, members }: Account,
): ApiAnswer | null {
  if (method === 'POST' && path === '/lists/search') {
    const { query = '', processingTypes } = (asked ?? {}) as Search;
    const found = lists.filter(
      (list) =>
        list.name.toLowerCase().includes(query.toLowerCase()) &&
        (!processingTypes || processingTypes.includes(list.processingType)),
    );
    const shown = found.map((list) => ({ ...shapeOf(list), additionalProperties: {} }));
    return { status: 200, body: { lists: shown, offset: found.length, hasMore: false, total: found.length } };
  }
  const one = /^\/lists\/(\d+)(\/memberships\/add)?$/.exec(path);
  if (!one) return null;
  const list = lists.find(({ listId }) => listId === one[1]);
  if (!list) return { status: 404, body: errorOf('OBJECT_NOT_FOUND', 'List does not exist.') };
  if (!one[2]) return { status: 200, body: { list: shapeOf(list) } };
  if (list.processingType === 'DYNAMIC')
    return { status: 400, body: errorOf('VALIDATION_ERROR', 'The list is dynamic.') };
  const ids = (asked as unknown[]).map(String);
  const here = ids.filter((id) => contacts.find(id));
  const joined = members.get(list.listId) ?? new Set();
  members.set(list.listId, joined);
  const added = here.filter((id) => !joined.has(id));
  for (const id of here) joined.add(id);
  return {
    status: 200,
    body: { recordsIdsAdded: added, recordIdsMissing: ids.filter((id) => !here.includes(id)), recordIdsRemoved: [] },
  };
}

const shapeOf = (list: StaticList) => ({
  ...list,
  objectTypeId: '0-1',
  processingStatus: 'COMPLETE',
  listVersion: 1,
});

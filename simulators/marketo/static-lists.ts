import { z } from 'zod';
import type { LeadStore } from './lead-store.ts';
import { Refused } from './refused.ts';

export interface MarketoList {
  id: number;
  name: string;
}

interface MembershipResult {
  id: number;
  status: 'added' | 'removed' | 'memberof' | 'notmemberof' | 'skipped';
  reasons?: { code: string; message: string }[];
}

const idsMax = 300;
const body = z.object({ input: z.array(z.object({ id: z.coerce.number() })) });

/** Static lists of leads: what is there already, or not there any more, is no error. */
export class StaticLists {
  readonly #lists: readonly MarketoList[];
  readonly #members = new Map<number, Set<number>>();

  constructor(lists: readonly MarketoList[]) {
    this.#lists = lists;
  }

  find(ids: readonly number[] | null, at: string) {
    const found = this.#lists.filter(({ id }) => ids === null || ids.includes(id));
    return found.map((list) => ({ ...list, workspaceName: 'Default', createdAt: at, updatedAt: at }));
  }

  add(listId: number, ids: readonly number[], leads: LeadStore): MembershipResult[] {
    const members = this.#membersOf(listId, ids);
    return ids.map((id) => {
      if (!leads.find(id)) return { id, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] };
      members.add(id);
      return { id, status: 'added' };
    });
  }

  remove(listId: number, ids: readonly number[]): MembershipResult[] {
    const members = this.#membersOf(listId, ids);
    const absent = [{ code: '1015', message: 'Lead not in list' }];
    return ids.map((id) =>
      members.delete(id) ? { id, status: 'removed' } : { id, status: 'skipped', reasons: absent },
    );
  }

  tell(listId: number, ids: readonly number[]): MembershipResult[] {
    const members = this.#membersOf(listId, ids);
    return ids.map((id) => ({ id, status: members.has(id) ? 'memberof' : 'notmemberof' }));
  }

  #membersOf(listId: number, ids: readonly number[]): Set<number> {
    if (!this.#lists.some(({ id }) => id === listId)) throw new Refused('1013', `List '${listId}' not found`);
    if (ids.length > idsMax) throw new Refused('1003', `Invalid data: more than ${idsMax} ids`);
    const members = this.#members.get(listId) ?? new Set();
    this.#members.set(listId, members);
    return members;
  }
}

/** The leads of a call, in its address or in its body. */
export function leadIdsOf(query: URLSearchParams, asked: unknown): number[] {
  const inQuery = query.getAll('id').map(Number);
  return inQuery.length > 0 ? inQuery : (body.safeParse(asked).data?.input.map(({ id }) => id) ?? []);
}

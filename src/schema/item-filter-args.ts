import type { SyncItemOrder } from '../sync/item-filter.ts';
import { builder, enumType } from './builder.ts';
import { ErrorCategoryType, ReconciliationGroupType, SyncStatusType } from './enums.ts';

const SyncItemOrderType = enumType<SyncItemOrder>(
  'SyncItemOrder',
  'By keys that never change, so that whatever matches throughout the paging appears exactly once.',
  { CAPTURED_AT_DESC: 'Captured last, first.', CAPTURED_AT_ASC: 'Captured first, first.' },
);

/** What a work list can be narrowed by, and its order. */
export function itemFilterArgs() {
  return builder.args((t) => ({
    group: t.field({ type: ReconciliationGroupType, description: 'Only this list.' }),
    status: t.field({ type: SyncStatusType, description: 'Only leads that are there.' }),
    category: t.field({
      type: ErrorCategoryType,
      description: 'Only FAILED leads of this category: those that `errorGroups` counts.',
    }),
    categories: t.field({
      type: [ErrorCategoryType],
      description: 'Only FAILED leads of one of these categories. With `category`: of that one, if it is among them.',
    }),
    remoteField: t.string({
      description: 'Only FAILED leads whose error names this field, as the vendor names it.',
    }),
    search: t.string({
      description: 'Part of name, e-mail or company, whatever the case; at least three letters, else BAD_USER_INPUT.',
    }),
    capturedFrom: t.field({ type: 'DateTime', description: 'Only leads captured at this instant or later.' }),
    capturedUntil: t.field({ type: 'DateTime', description: 'Only leads captured before this instant.' }),
    orderBy: t.field({
      type: SyncItemOrderType,
      defaultValue: 'CAPTURED_AT_DESC',
      description: 'Keep it while paging.',
    }),
  }));
}

export const orderOf = (order: SyncItemOrder | null | undefined): 'asc' | 'desc' =>
  order === 'CAPTURED_AT_ASC' ? 'asc' : 'desc';

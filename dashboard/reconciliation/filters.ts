import { useSearchParams } from 'wouter';

export type Group = 'PRE_SYNC' | 'FAILED' | 'CLEARED';
export type View = 'leads' | 'events';

/** What is shown of the work list. All of it is in the address: a link shows the same to somebody else. */
export interface Filters {
  view: View;
  eventId: string | null;
  /** Null: all three. */
  group: Group | null;
  status: string | null;
  category: string | null;
  search: string;
  /** The sync item whose drawer is open. */
  item: string | null;
}

const names: Record<keyof Filters, string> = {
  view: 'view',
  eventId: 'event',
  group: 'group',
  status: 'status',
  category: 'category',
  search: 'search',
  item: 'lead',
};
const groups: readonly string[] = ['PRE_SYNC', 'FAILED', 'CLEARED'];

export function useFilters(): [Filters, (changes: Partial<Filters>) => void] {
  const [params, setParams] = useSearchParams();
  const group = params.get(names.group);
  const filters: Filters = {
    view: params.get(names.view) === 'events' ? 'events' : 'leads',
    eventId: params.get(names.eventId),
    group: group && groups.includes(group) ? (group as Group) : null,
    status: params.get(names.status),
    category: params.get(names.category),
    search: params.get(names.search) ?? '',
    item: params.get(names.item),
  };
  const change = (changes: Partial<Filters>) =>
    setParams(
      (known) => {
        for (const [name, value] of Object.entries(changes)) {
          const param = names[name as keyof Filters];
          if (value && value !== 'leads') known.set(param, value);
          else known.delete(param);
        }
        return known;
      },
      { replace: 'search' in changes }, // typing does not fill the way back
    );
  return [filters, change];
}

import type { ListedItem } from './operator.ts';
import type { SeenTransition } from './transition-reader.ts';

/** A change of the setting freezes and thaws what waits, and is not told lead by lead. */
const waits = (status: string | null): string | null =>
  status === 'FROZEN' || status === 'QUEUED' ? 'WAITING' : status;

/** What is wrong with a sequence of transitions, in words: repeated ones, and ones that do not begin where the one before of the item ended. */
export function brokenChains(seen: readonly SeenTransition[]): string[] {
  const last = new Map<string, SeenTransition>();
  const ids = new Set<string>();
  return seen.flatMap((transition) => {
    const { id, item, from, to, itemVersion } = transition;
    const before = last.get(item.id);
    last.set(item.id, transition);
    const isRepeated = ids.size === ids.add(id).size;
    const fits = before
      ? waits(before.to) === waits(from) && itemVersion === before.itemVersion + 1
      : from === null && itemVersion === 1;
    const move = `${from} -> ${to}, version ${itemVersion} after ${before?.to}, version ${before?.itemVersion}`;
    return [...(isRepeated ? [`twice: ${move}`] : []), ...(fits ? [] : [`out of place: ${move}`])];
  });
}

/** Where the transitions lead every item to, sorted by id. */
export function replayed(seen: readonly SeenTransition[]): ListedItem[] {
  const items = new Map<string, ListedItem>();
  for (const { item, to, itemVersion } of seen) {
    items.set(item.id, { id: item.id, status: to, version: itemVersion });
  }
  return sortedById([...items.values()]);
}

export const sortedById = (items: readonly ListedItem[]): ListedItem[] =>
  items.toSorted((a, b) => (a.id < b.id ? -1 : 1));

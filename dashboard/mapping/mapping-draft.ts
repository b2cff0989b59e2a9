import { useRef, useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { type Mapping, type MappingInput, SetFieldMappings } from './mapping-query.ts';

export interface Row {
  /** Of the row in the page; the API has none. */
  key: number;
  mapping: Mapping;
  state: 'saved' | 'saving' | 'new' | 'refused';
  /** Why it was not saved. */
  wrong: string | null;
}

let nextKey = 1;
const rowOf = (mapping: Mapping, state: Row['state'] = 'saved'): Row => ({
  key: nextKey++,
  mapping,
  state,
  wrong: null,
});

/** Not to be sent yet: it says nothing. */
const isComplete = ({ source, remoteField }: Mapping): boolean =>
  source.trim() !== '' && source.trim() !== 'qualifier:' && source.trim() !== 'attribute:' && remoteField.trim() !== '';

/**
 * The rows as they are edited. Every change is saved at once: all rows that are complete go together, as the API replaces them all, one call after
 * the other; a row that is refused says why, and the others are sent without it.
 */
export function useMappingDraft(integrationId: string, saved: readonly Mapping[]) {
  const [rows, setRows] = useState<readonly Row[]>(() => saved.map((mapping) => rowOf(mapping)));
  const latest = useRef(rows);
  const saving = useRef<Promise<void>>(Promise.resolve());
  const act = useAct();

  const show = (next: readonly Row[]) => {
    latest.current = next;
    setRows(next);
  };
  const patch = (key: number, changes: Partial<Row>) =>
    show(latest.current.map((row) => (row.key === key ? { ...row, ...changes } : row)));

  /** Sends what is there when its turn comes; `key`: the row that was changed, null where one was removed. */
  const save = (key: number | null) => {
    if (key !== null) patch(key, { state: 'saving', wrong: null });
    saving.current = saving.current.then(async () => {
      const sent = latest.current.filter(
        (row) => isComplete(row.mapping) && (row.state !== 'refused' || row.key === key),
      );
      const mappings: MappingInput[] = sent.map(({ mapping }) => ({
        ...mapping,
        values: mapping.values.filter(({ value, remoteValue }) => value && remoteValue),
      }));
      const result = (await act(SetFieldMappings, { input: { integrationId, mappings } }))?.setFieldMappings;
      if (result?.__typename === 'SetFieldMappingsSuccess') {
        if (key !== null) patch(key, { state: 'saved', wrong: null });
        return;
      }
      if (key === null) return;
      const index = sent.findIndex((row) => row.key === key);
      const own =
        result?.__typename === 'ValidationError'
          ? result.fieldErrors.filter(({ path }) => path.startsWith(`mappings.${index}`))
          : [];
      const words =
        own.map(({ message }) => message).join(' ') ||
        (result ? refusalOf(result) : 'It could not be saved. Change it again to try once more.');
      patch(key, { state: 'refused', wrong: words });
    });
  };

  return {
    rows,
    change(key: number, changes: Partial<Mapping>) {
      const row = latest.current.find((known) => known.key === key);
      if (!row) return;
      const mapping = { ...row.mapping, ...changes };
      patch(key, { mapping });
      if (isComplete(mapping)) save(key);
    },
    add(mapping: Mapping) {
      const row = rowOf(mapping, 'new');
      show([...latest.current, row]);
      if (isComplete(mapping)) save(row.key);
    },
    remove(key: number) {
      const row = latest.current.find((known) => known.key === key);
      show(latest.current.filter((known) => known.key !== key));
      if (row?.state === 'saved' || row?.state === 'saving') save(null);
    },
  };
}

import { useEffect, useRef, useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { sentence } from '../words/sentence.ts';
import { type Mapping, type MappingInput, SetFieldMappings } from './mapping-query.ts';

export interface Row {
  /** Of the row in the page; the API has none. */
  key: number;
  mapping: Mapping;
  /** The vendor's field under which the API has it; null: it does not yet. A field takes one source, so it names the mapping. */
  savedAs: string | null;
  state: 'saved' | 'saving' | 'new' | 'refused';
  /** Why it was not saved. */
  wrong: string | null;
}

let nextKey = 1;
const savedRow = (mapping: Mapping): Row => ({
  key: nextKey++,
  mapping,
  savedAs: mapping.remoteField,
  state: 'saved',
  wrong: null,
});

/** Not to be sent yet: it says nothing. */
const isComplete = ({ source, remoteField }: Mapping): boolean =>
  /^([^:]+|\w+:.*\S.*)$/.test(source) && remoteField !== '';

/**
 * The rows as they are edited, over the mappings as the API has them, which others may change meanwhile. Every change is saved at once and by
 * itself, one call after the other: the API replaces all mappings, so each call sends what it has with that one row changed. A row that is refused
 * says why and holds up no other.
 */
export function useMappingDraft(integrationId: string, saved: readonly Mapping[]) {
  const [rows, setRows] = useState<readonly Row[]>(() => saved.map(savedRow));
  const latest = useRef(rows);
  const server = useRef(saved);
  const saving = useRef<Promise<void>>(Promise.resolve());
  const removing = useRef(new Set<string>());
  const act = useAct();

  const show = (next: readonly Row[]) => {
    latest.current = next;
    setRows(next);
  };
  const rowOf = (key: number) => latest.current.find((row) => row.key === key);
  const patch = (key: number, changes: Partial<Row>) =>
    show(latest.current.map((row) => (row.key === key ? { ...row, ...changes } : row)));

  // biome-ignore lint/correctness/useExhaustiveDependencies: what the API has is the only reason to look at the rows again
  useEffect(() => {
    server.current = saved;
    show(
      rowsOver(
        latest.current,
        saved.filter(({ remoteField }) => !removing.current.has(remoteField)),
      ),
    );
  }, [saved]);

  /** Sends what the API has, with `after` in the place of `before`. Gives why that was refused; null: it was saved. */
  const send = async (before: string | null, after: Mapping | null): Promise<string | null> => {
    const mappings = replaced(server.current, before, after);
    const result = (await act(SetFieldMappings, { input: { integrationId, mappings: mappings.map(inputOf) } }))
      ?.setFieldMappings;
    if (result?.__typename === 'SetFieldMappingsSuccess') {
      server.current = result.integration.fieldMappings;
      return null;
    }
    if (!result) return 'It could not be saved. Change it again to try once more.';
    const own = result.__typename === 'ValidationError' ? result.fieldErrors : [];
    const path = `mappings.${after ? mappings.indexOf(after) : -1}.`;
    return (
      own.flatMap(({ path: of, message }) => (of.startsWith(path) ? [sentence(message)] : [])).join(' ') ||
      (refusalOf(result) ?? '')
    );
  };

  const save = (key: number) => {
    patch(key, { state: 'saving', wrong: null });
    saving.current = saving.current.then(async () => {
      const row = rowOf(key);
      if (!row) return;
      const wrong = await send(row.savedAs, row.mapping);
      if (wrong === null) patch(key, { savedAs: row.mapping.remoteField });
      if (rowOf(key)?.mapping !== row.mapping) return; // changed again meanwhile: its turn comes
      patch(key, wrong === null ? { state: 'saved', wrong } : { state: 'refused', wrong });
    });
  };

  return {
    rows,
    change(key: number, changes: Partial<Mapping>) {
      const row = rowOf(key);
      if (!row) return;
      const mapping = { ...row.mapping, ...changes };
      patch(key, { mapping });
      if (isComplete(mapping)) save(key);
    },
    add(mapping: Mapping) {
      const row: Row = { ...savedRow(mapping), savedAs: null, state: 'new' };
      show([...latest.current, row]);
      if (isComplete(mapping)) save(row.key);
    },
    remove(key: number) {
      const row = rowOf(key);
      show(latest.current.filter((known) => known.key !== key));
      const before = row && (row.savedAs ?? (row.state === 'saving' ? row.mapping.remoteField : null));
      if (!before) return;
      removing.current.add(before);
      saving.current = saving.current.then(async () => {
        // What was on its way when it was removed may be there by now, or was refused.
        if (server.current.some(({ remoteField }) => remoteField === before)) await send(before, null);
        removing.current.delete(before);
      });
    },
  };
}

/** The rows of before over what the API has now: what is being changed here stays as it is, everything else is as the API says. */
function rowsOver(rows: readonly Row[], saved: readonly Mapping[]): Row[] {
  const kept = rows.flatMap((row) => {
    if (row.state !== 'saved') return [row];
    const now = saved.find(({ remoteField }) => remoteField === row.savedAs);
    return now ? [{ ...row, mapping: now }] : [];
  });
  const shown = new Set(kept.flatMap(({ savedAs, mapping }) => [savedAs, mapping.remoteField]));
  return [...kept, ...saved.filter(({ remoteField }) => !shown.has(remoteField)).map(savedRow)];
}

function replaced(mappings: readonly Mapping[], before: string | null, after: Mapping | null): Mapping[] {
  const place = mappings.findIndex(({ remoteField }) => remoteField === before);
  if (place < 0) return after ? [...mappings, after] : [...mappings];
  return mappings.flatMap((mapping, index) => (index === place ? (after ? [after] : []) : [mapping]));
}

const inputOf = ({ source, remoteField, writeBehavior, values }: Mapping): MappingInput => ({
  source,
  remoteField,
  writeBehavior,
  values: values.map(({ value, remoteValue }) => ({ value, remoteValue })),
});

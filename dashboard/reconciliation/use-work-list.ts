import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { useClient } from 'urql';
import { useSluice } from '../app/sluice.ts';
import { WorkList, type WorkListState } from './work-list.ts';
import type { WorkListFilter } from './work-list-filter.ts';

/** The live rows of a filter. `settingVersion` is what the counts belong to. */
export function useWorkList(filter: WorkListFilter, settingVersion: number): [WorkListState, WorkList] {
  const client = useClient();
  const { socket } = useSluice();
  const key = JSON.stringify(filter);
  const list = useMemo(() => new WorkList(client, socket, JSON.parse(key) as WorkListFilter), [client, socket, key]);
  useEffect(() => {
    list.start();
    return () => list.stop();
  }, [list]);
  useEffect(() => list.settingChanged(settingVersion), [list, settingVersion]);
  return [useSyncExternalStore(list.subscribe, list.get), list];
}

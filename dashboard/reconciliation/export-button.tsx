import { useRef, useState } from 'react';
import { useClient } from 'urql';
import { messageOf } from '../data/client.ts';
import { download } from '../data/download.ts';
import { graphql, type VariablesOf } from '../data/graphql.ts';
import { Button } from '../design/button.tsx';
import { toast } from '../design/toasts.tsx';
import { bytesOf } from '../words/numbers.ts';
import type { WorkListFilter } from './work-list-filter.ts';

const ExportQuery = graphql(`
  query Export(
    $integrationId: ID!, $eventId: ID, $group: ReconciliationGroup, $status: SyncStatus, $category: ErrorCategory, $search: String
  ) {
    reconciliation(integrationId: $integrationId, eventId: $eventId) {
      id
      exportUrl(group: $group, status: $status, category: $category, search: $search, bom: true)
    }
  }
`);

/** The list as it is narrowed now, all of it, as CSV. */
export function ExportButton({ filter }: { filter: WorkListFilter }) {
  const client = useClient();
  const [bytes, setBytes] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  const save = async () => {
    running.current = new AbortController();
    const { signal } = running.current;
    setBytes(0);
    try {
      const variables = { ...filter, search: filter.search || null } as VariablesOf<typeof ExportQuery>;
      const { data, error } = await client.query(ExportQuery, variables, { requestPolicy: 'network-only' }).toPromise();
      const address = data?.reconciliation?.exportUrl;
      if (!address) throw new Error(error ? messageOf(error) : 'There is no such list any more.');
      await download(address, { signal, onBytes: setBytes });
    } catch (error) {
      const message =
        error instanceof TypeError ? 'The connection broke.' : error instanceof Error ? error.message : '';
      if (!signal.aborted) toast(`The export was not saved. ${message}`, { wrong: true });
    } finally {
      setBytes(null);
    }
  };
  if (bytes !== null) {
    return (
      <Button icon="close" onPress={() => running.current?.abort()}>
        {`Cancel the export (${bytesOf(bytes)})`}
      </Button>
    );
  }
  return (
    <Button icon="download" label="Export this list as CSV" onPress={() => void save()}>
      Export
    </Button>
  );
}

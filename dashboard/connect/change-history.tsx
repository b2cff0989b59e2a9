import { useEffect, useState } from 'react';
import { useLiveQuery } from '../app/live-query.ts';
import { messageOf } from '../data/client.ts';
import { graphql, type ResultOf } from '../data/graphql.ts';
import { Button } from '../design/button.tsx';
import { Loading, Trouble } from '../design/states.tsx';
import { toneOf, wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';

const ChangesQuery = graphql(`
  query Changes($id: ID!, $first: Int!) {
    integration(id: $id) {
      id
      changes(first: $first) {
        edges { node { id at by kind before after reason } }
        pageInfo { hasNextPage }
      }
    }
  }
`);

type Change = NonNullable<ResultOf<typeof ChangesQuery>['integration']>['changes']['edges'][number]['node'];

const pageSize = 8;
const mostShown = 100;

interface ChangeHistoryProps {
  integrationId: string;
  version: number;
  name: string;
}

/** Who changed what and when. Another `version` of the setting, or another `name`: there is something new. */
export function ChangeHistory({ integrationId, version, name }: ChangeHistoryProps) {
  const [first, setFirst] = useState(pageSize);
  const [{ data, error }, reload] = useLiveQuery({ query: ChangesQuery, variables: { id: integrationId, first } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change is the reason to ask again
  useEffect(reload, [version, name]);
  const changes = data?.integration?.changes;
  return (
    <section className="card stack" aria-labelledby="history">
      <h2 id="history">History</h2>
      {!changes && (error ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what="the history" />)}
      {changes && (
        <ol className="history">
          {changes.edges.map(({ node }) => (
            <ChangeLine key={node.id} change={node} />
          ))}
        </ol>
      )}
      {changes?.pageInfo.hasNextPage && first < mostShown && (
        <Button small onPress={() => setFirst(Math.min(mostShown, first + 20))}>
          Show more
        </Button>
      )}
    </section>
  );
}

function ChangeLine({ change }: { change: Change }) {
  const clock = useClock();
  return (
    <li className={`tone-${toneOf(toneKeys[change.kind] ?? '')}`}>
      <span>{headlineOf(change)}</span>
      {change.reason && <span className="small">“{change.reason}”</span>}
      <span className="small muted">
        {change.by}, {clock.full(change.at)}
      </span>
    </li>
  );
}

const toneKeys: Record<string, string> = {
  CREATED: 'CONNECTED',
  CONNECTED: 'CONNECTED',
  ENABLED: 'CONNECTED',
  DISABLED: 'FAILED',
  DISCONNECTED: 'FAILED',
  AUTHORIZATION_LOST: 'FAILED',
  PERMISSION_LOST: 'FAILED',
  ENDPOINT_GONE: 'FAILED',
  SYNC_MODE_CHANGED: 'FROZEN',
};

function headlineOf({ kind, before, after }: Change): string {
  const was = asRecord(before);
  const is = asRecord(after);
  switch (kind) {
    case 'SYNC_MODE_CHANGED':
      return `${wordsOf(was.mode ?? '')} to ${wordsOf(is.mode ?? '')}`;
    case 'MAPPING_CHANGED':
      return `Mappings changed: ${Array.isArray(after) ? after.length : 0} fields`;
    case 'CAMPAIGN_CHANGED':
      return is.campaignName
        ? `Campaign of ${is.event}: ${is.campaignName}${is.memberStatus ? `, ${is.memberStatus}` : ''}`
        : `No campaign any more${was.event ? ` for ${was.event}` : ''}`;
    case 'CONNECTED':
      return is.account ? `Connected to ${is.account}` : 'Connected';
    case 'RENAMED':
      return `Renamed from ${was.name} to ${is.name}`;
    case 'AUTHORIZATION_LOST':
      return 'The vendor refused our sign-in';
    case 'PERMISSION_LOST':
      return 'The account lost its permission';
    case 'ENDPOINT_GONE':
      return 'The webhook is gone';
    default:
      return wordsOf(kind);
  }
}

const asRecord = (value: unknown): Record<string, string> =>
  typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};

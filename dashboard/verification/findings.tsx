import { useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { Loading, Trouble } from '../design/states.tsx';
import { pathOf } from '../integration/paths.ts';
import { nameOf } from '../lead/lead-name.ts';
import { findingWordsOf } from './finding-words.ts';
import { type Finding, FindingsQuery } from './verification-query.ts';

/** What is wrong, line by line, each with what to do about it. */
export function Findings({ verificationId, count }: { verificationId: string; count: number }) {
  const [pages, setPages] = useState<readonly (string | null)[]>([null]);
  return (
    <section className="stack tight" aria-labelledby="findings">
      <h3 id="findings">Findings</h3>
      {pages.map((after, index) => (
        <FindingPage
          key={`${after ?? ''}/${count}`} // more of them: asked for anew
          verificationId={verificationId}
          after={after}
          onMore={index === pages.length - 1 ? (next) => setPages([...pages, next]) : null}
        />
      ))}
    </section>
  );
}

interface FindingPageProps {
  verificationId: string;
  after: string | null;
  onMore: ((after: string) => void) | null;
}

function FindingPage({ verificationId, after, onMore }: FindingPageProps) {
  const [{ data, error, fetching }, ask] = useQuery({
    query: FindingsQuery,
    variables: { id: verificationId, after },
    requestPolicy: 'cache-and-network',
  });
  const found = data?.node?.__typename === 'Verification' ? data.node.findings : null;
  if (!found) {
    if (error && !fetching)
      return <Trouble message={messageOf(error)} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
    return <Loading what="findings" />;
  }
  const { hasNextPage, endCursor } = found.pageInfo;
  return (
    <>
      <ul className="findings">
        {found.edges.map(({ node }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they have an order and nothing else
          <FindingLine key={index} finding={node} />
        ))}
      </ul>
      {hasNextPage && endCursor && onMore && (
        <Button small onPress={() => onMore(endCursor)}>
          Show more
        </Button>
      )}
    </>
  );
}

function FindingLine({ finding: { kind, message, integration, event, item } }: { finding: Finding }) {
  const { title, wayOut } = findingWordsOf(kind);
  return (
    <li data-finding={kind}>
      <div className="cluster tight">
        <strong>{title}</strong>
        <span className="small muted">{[integration?.name, event?.name].filter(Boolean).join(' · ')}</span>
      </div>
      <p>{message}</p>
      <p className="small muted">{wayOut}</p>
      {item && integration && (
        <Link className="small" href={pathOf(integration.id, 'reconciliation', `lead=${encodeURIComponent(item.id)}`)}>
          Open {nameOf(item.lead)}
        </Link>
      )}
    </li>
  );
}

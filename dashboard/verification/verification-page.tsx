import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { useClock } from '../words/time.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import { type Verification, VerificationQuery, VerificationsQuery } from './verification-query.ts';
import { VerificationReport } from './verification-report.tsx';
import { VerifyDialog } from './verify-dialog.tsx';
import './verification.css';

/** The proof that nothing is lost: the last verification or the chosen one, and those before it. */
export function VerificationPage({ id }: { id: string | null }) {
  const [{ data, error, fetching }, reload] = useLiveQuery({ query: VerificationsQuery });
  const [asking, setAsking] = useState(false);
  const barrier = useRoleBarrier()('OPERATOR');
  const [, navigate] = useLocation();
  const known = data?.verifications.edges.map(({ node }) => node);
  const shown = known?.find((verification) => verification.id === id) ?? (id === null ? known?.[0] : undefined);
  return (
    <div className="stack" data-page="verification">
      <title>Verification · Sluice</title>
      <header className="page-head">
        <div>
          <h1>Verification</h1>
          <p className="muted">
            Proves, while everything moves, that every captured lead is in exactly one place and every count is right.
          </p>
        </div>
        <Button kind="primary" icon="shield" disabledBecause={barrier} onPress={() => setAsking(true)}>
          Verify now
        </Button>
      </header>
      {!known &&
        (error && !fetching ? (
          <Trouble message={messageOf(error)} onRetry={reload} />
        ) : (
          <Loading what="verifications" />
        ))}
      {known?.length === 0 && id === null && (
        <section className="card">
          <Empty icon="shield" title="Nothing was verified yet">
            <p>
              A verification holds counts, work lists, log and leads against each other, and, if you like, asks the
              vendors for every record that has arrived. It changes nothing.
            </p>
          </Empty>
        </section>
      )}
      {shown && <VerificationReport key={shown.id} verification={shown} />}
      {known && !shown && id !== null && <Older id={id} />}
      {known && known.length > 1 && <Earlier verifications={known} shownId={shown?.id ?? id} />}
      {asking && data && (
        <VerifyDialog
          integrations={data.integrations}
          onStarted={(startedId) => {
            reload();
            navigate(`/verification/${encodeURIComponent(startedId)}`);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

/** One that is not among the last ones any more. */
function Older({ id }: { id: string }) {
  const [{ data, error, fetching }, reload] = useLiveQuery({ query: VerificationQuery, variables: { id } });
  if (data?.node?.__typename === 'Verification') return <VerificationReport verification={data.node} />;
  if (error && !fetching) return <Trouble message={messageOf(error)} onRetry={reload} />;
  if (fetching) return <Loading what="the verification" />;
  return (
    <section className="card">
      <Empty icon="search" title="There is no such verification">
        <p>
          It may be older than the log is kept. <Link href="/verification">To the last one</Link>
        </p>
      </Empty>
    </section>
  );
}

function Earlier({ verifications, shownId }: { verifications: readonly Verification[]; shownId: string | null }) {
  const clock = useClock();
  return (
    <section className="card stack tight" aria-labelledby="verifications">
      <h2 id="verifications">All verifications</h2>
      <ul className="verification-list">
        {verifications.map((verification) => (
          <li key={verification.id}>
            <Link
              href={`/verification/${encodeURIComponent(verification.id)}`}
              aria-current={verification.id === shownId ? 'true' : undefined}
            >
              {clock.full(verification.requestedAt)}
            </Link>
            <span className="small muted">
              {verification.integration?.name ?? 'everything'}
              {verification.readBack && ', vendors asked'} · {verification.requestedBy}
            </span>
            <OutcomeBadge verification={verification} />
          </li>
        ))}
      </ul>
    </section>
  );
}

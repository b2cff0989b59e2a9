import { useState } from 'react';
import { useSubscription } from 'urql';
import { refusalOf, useAct } from '../app/act.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { Button } from '../design/button.tsx';
import { Progress } from '../design/progress.tsx';
import { Callout } from '../design/states.tsx';
import { toast } from '../design/toasts.tsx';
import { countOf, numberOf } from '../words/numbers.ts';
import { useClock } from '../words/time.ts';
import { Findings } from './findings.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';
import { CancelVerification, type Verification, VerificationProgressed } from './verification-query.ts';
import { VerifiedIntegration } from './verified-integration.tsx';

/** One verification: how far it is, what it came to, and where the leads are. */
export function VerificationReport({ verification }: { verification: Verification }) {
  const { id, status, integration, readBack, requestedAt, requestedBy, findingCount, problem } = verification;
  const running = status === 'RUNNING';
  useSubscription({ query: VerificationProgressed, variables: { id }, pause: !running }, () => null);
  const clock = useClock();
  return (
    <section className="card stack" aria-label="Verification" data-verification={status}>
      <div className="cluster spread">
        <div>
          <h2>{integration ? integration.name : 'The whole organization'}</h2>
          <p className="small muted">
            {clock.full(requestedAt)} by {requestedBy}
            {readBack && ', with the vendors'}
          </p>
        </div>
        <OutcomeBadge verification={verification} />
      </div>
      {running && <Running verification={verification} />}
      <p className="visually-hidden" role="status">
        {running ? '' : summaryOf(verification)}
      </p>
      {!running && (
        <Callout
          tone={
            findingCount > 0 || status === 'FAILED' ? 'failed' : verification.outcome === 'HOLDS' ? 'cleared' : 'queued'
          }
          icon={verification.outcome === 'HOLDS' ? 'check' : 'alert'}
        >
          <p>{summaryOf(verification)}</p>
          {problem && <p className="small">{problem}</p>}
        </Callout>
      )}
      {verification.integrations.length > 0 && (
        <ul className="verified-grid">
          {verification.integrations.map((verified, index) => (
            <VerifiedIntegration key={verified.integration?.id ?? index} verified={verified} />
          ))}
        </ul>
      )}
      {findingCount > 0 && <Findings verificationId={id} count={findingCount} />}
    </section>
  );
}

function Running({ verification: { id, done, total } }: { verification: Verification }) {
  const act = useAct();
  const barrier = useRoleBarrier()('OPERATOR');
  const [canceling, setCanceling] = useState(false);
  const cancel = async () => {
    setCanceling(true);
    const result = (await act(CancelVerification, { id }))?.cancelVerification;
    const refusal = result && refusalOf(result);
    if (refusal) toast(refusal, { wrong: true });
    setCanceling(false);
  };
  return (
    <div className="stack tight">
      <div className="cluster spread small muted">
        <span>
          {numberOf(done)} looked at{total !== null && `, of about ${numberOf(Math.max(total, done))}`}
        </span>
        <Button small disabledBecause={barrier} pending={canceling} onPress={() => void cancel()}>
          Cancel
        </Button>
      </div>
      <Progress label="Verifying" total={Math.max(total ?? 0, done)} parts={[{ tone: 'syncing', value: done }]} />
    </div>
  );
}

function summaryOf({ status, outcome, findingCount, done }: Verification): string {
  if (findingCount > 0)
    return `${countOf(findingCount, 'thing is', 'things are')} not as they must be. ${numberOf(done)} leads, transitions and records were looked at.`;
  if (status === 'FAILED') return 'It could not be carried out.';
  if (outcome === 'HOLDS')
    return `Everything holds: ${numberOf(done)} leads, transitions and records were looked at, and all of them agree.`;
  return `Nothing is wrong as far as it went, but not everything was checked. ${numberOf(done)} leads, transitions and records were looked at.`;
}

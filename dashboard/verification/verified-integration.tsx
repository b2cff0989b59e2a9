import { Icon } from '../design/icon.tsx';
import { ShareBar } from '../design/status.tsx';
import { VendorMark } from '../design/vendor-mark.tsx';
import { countOf, leadsOf, numberOf } from '../words/numbers.ts';
import type { Verification } from './verification-query.ts';

type Verified = Verification['integrations'][number];

const places = [
  ['Cleared', 'cleared', 'cleared'],
  ['Failed', 'failed', 'failed'],
  ['Waiting', 'waiting', 'frozen'],
  ['Withdrawn', 'withdrawn', 'neutral'],
  ['From before it was connected', 'notTaken', 'neutral'],
  ['Not enriched yet', 'notEnriched', 'neutral'],
] as const;

/** Where the captured leads are for one integration: a sum that adds up, and what its vendor said. */
export function VerifiedIntegration({
  verified: { integration, balance, items, transitions, readBack },
}: {
  verified: Verified;
}) {
  const accounted = places.reduce((sum, [, name]) => sum + balance[name], 0);
  const left = balance.captured - accounted;
  return (
    <li className="verified">
      <header className="cluster tight">
        {integration && <VendorMark vendor={integration.vendor} />}
        <div>
          <h3>{integration?.name ?? 'An integration that was deleted'}</h3>
          <p className="small muted">
            {leadsOf(items)} held against {countOf(transitions, 'transition')}
          </p>
        </div>
      </header>
      <ShareBar
        counts={{
          cleared: balance.cleared,
          failed: balance.failed,
          frozen: balance.waiting,
          queued: 0,
          syncing: 0,
        }}
      />
      <dl className="balance">
        {places.map(
          ([label, name, tone]) =>
            (balance[name] > 0 || name === 'cleared') && (
              <div key={name} className={`tone-${tone}`}>
                <dt>{label}</dt>
                <dd>{numberOf(balance[name])}</dd>
              </div>
            ),
        )}
        {left !== 0 && (
          <div className="tone-failed">
            <dt>In no place, or in two</dt>
            <dd>{numberOf(left)}</dd>
          </div>
        )}
        <div className="balance-sum">
          <dt>Captured</dt>
          <dd>{numberOf(balance.captured)}</dd>
        </div>
      </dl>
      {readBack && <ReadBack readBack={readBack} />}
    </li>
  );
}

function ReadBack({
  readBack: { state, checked, missing, unknown, problem },
}: {
  readBack: NonNullable<Verified['readBack']>;
}) {
  const words = {
    CHECKED: `The vendor was asked for ${countOf(checked, 'record')}: ${missing === 0 ? 'all of them are there' : `${numberOf(missing)} missing`}.`,
    NOT_SUPPORTED: 'This vendor can not be asked for records.',
    NOT_CONNECTED: 'The vendor was not asked: the integration is not connected.',
    INTERRUPTED: `The vendor stopped answering after ${countOf(checked, 'record')}.`,
  }[state];
  return (
    <p className="small read-back">
      <Icon name={state === 'CHECKED' && missing === 0 ? 'check' : 'info'} />
      <span>
        {words ?? state}
        {unknown > 0 &&
          ` ${leadsOf(unknown)} can not be asked for: the vendor gave no id, or they are of another account.`}
        {problem && ` ${problem}`}
      </span>
    </p>
  );
}

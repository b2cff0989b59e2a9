import { Link } from 'wouter';
import type { IntegrationCard as Integration } from '../data/integration-card.ts';
import { Icon } from '../design/icon.tsx';
import { Badge, Figure, ShareBar } from '../design/status.tsx';
import { VendorMark } from '../design/vendor-mark.tsx';
import { pathOf } from '../integration/paths.ts';
import { flowWords, holdWords, toneOf, wordsOf } from '../words/enums.ts';
import { leadsOf } from '../words/numbers.ts';
import { useClock } from '../words/time.ts';

/** One integration at a glance; the whole card leads to it. */
export function IntegrationCard({ integration }: { integration: Integration }) {
  const { id, name, vendor, connection, syncMode, reconciliation } = integration;
  const { counts, notEnriched } = reconciliation;
  return (
    <article className="card integration-card" data-id={id}>
      <header>
        <VendorMark vendor={vendor} />
        <div>
          <h3>
            <Link href={pathOf(id)}>{name}</Link>
          </h3>
          <p className="small muted wrap-anywhere">
            {[wordsOf(vendor), connection.account].filter(Boolean).join(' · ')}
          </p>
        </div>
        <Badge value={connection.status} />
      </header>
      <div className="cluster tight">
        <ModeBadge enabled={syncMode.enabled} mode={syncMode.mode} />
        <FlowNote integration={integration} />
      </div>
      <ShareBar counts={counts} />
      <dl className="figures">
        <Figure value={counts.preSync} label="Waiting" name="preSync" />
        <Figure value={counts.failed} label="Failed" tone="failed" />
        <Figure value={counts.cleared} label="Cleared" tone="cleared" />
      </dl>
      {notEnriched > 0 && <p className="small muted">{leadsOf(notEnriched)} not enriched yet</p>}
    </article>
  );
}

export function ModeBadge({ enabled, mode }: { enabled: boolean; mode: string }) {
  return enabled ? <Badge value={mode} /> : <Badge value="DISABLED">{`Disabled (${wordsOf(mode)})`}</Badge>;
}

/** What is in the way, where something is. */
export function FlowNote({ integration: { syncMode, flow } }: { integration: Pick<Integration, 'syncMode' | 'flow'> }) {
  const clock = useClock();
  const holds = syncMode.holds.filter((hold) => hold !== 'MANUAL_MODE' && hold !== 'DISABLED');
  const words = flowWords[flow.state];
  if (holds.length > 0)
    return (
      <Badge
        value="HELD"
        title={holds.map((hold) => holdWords[hold]).join(' ')}
      >{`Held: ${wordsOf(holds[0] ?? '')}`}</Badge>
    );
  if (!words) return null;
  return (
    <span className={`badge tone-${toneOf(flow.state)}`} title={words}>
      {wordsOf(flow.state)}
      {flow.resumesAt && <> until {clock.time(flow.resumesAt)}</>}
      <Icon name="clock" />
    </span>
  );
}

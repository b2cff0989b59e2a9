import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { useLiveQuery } from '../app/live-query.ts';
import { part } from '../app/part.tsx';
import { ConnectTab } from '../connect/connect-tab.tsx';
import { messageOf } from '../data/client.ts';
import { graphql } from '../data/graphql.ts';
import { type IntegrationCard, integrationState, reconciliationNumbers } from '../data/integration-card.ts';
import { Icon } from '../design/icon.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { Badge } from '../design/status.tsx';
import { VendorMark } from '../design/vendor-mark.tsx';
import { FlowNote, ModeBadge } from '../integrations/integration-card.tsx';
import { ReconciliationTab } from '../reconciliation/reconciliation-tab.tsx';
import { wordsOf } from '../words/enums.ts';
import { HoldNotes } from './hold-notes.tsx';
import { pathOf } from './paths.ts';
import './integration.css';

const MappingTab = part(
  async () => (await import('../mapping/mapping-tab.tsx')).MappingTab,
  <Loading what="the tab" />,
);

const QualifiersTab = part(
  async () => (await import('../qualifiers/qualifiers-tab.tsx')).QualifiersTab,
  <Loading what="the tab" />,
);
const CampaignsTab = part(
  async () => (await import('../campaigns/campaigns-tab.tsx')).CampaignsTab,
  <Loading what="the tab" />,
);

const IntegrationQuery = graphql(
  `
  query Integration($id: ID!) {
    integration(id: $id) { ...IntegrationState reconciliation { ...ReconciliationNumbers } }
  }
`,
  [integrationState, reconciliationNumbers],
);

const tabs = [
  { tab: 'reconciliation', label: 'Reconciliation' },
  { tab: 'connect', label: 'Connect' },
  { tab: 'mapping', label: 'Mapping' },
  { tab: 'qualifiers', label: 'Qualifiers' },
  { tab: 'campaigns', label: 'Campaigns' },
];

/** One integration: its state on top, and its tabs. */
export function IntegrationPage({ id, tab }: { id: string; tab: string }) {
  const [{ data, error, fetching }, reload] = useLiveQuery({ query: IntegrationQuery, variables: { id } });
  const integration = data?.integration;
  if (!integration) {
    if (error && !fetching) return <Trouble message={messageOf(error)} onRetry={reload} />;
    if (fetching || !data) return <Loading what="the integration" />;
    return (
      <Empty icon="search" title="There is no such integration">
        <p>
          It may belong to another organization. <Link href="/">To the integrations</Link>
        </p>
      </Empty>
    );
  }
  const { name, vendor, connection, syncMode } = integration;
  return (
    <div className="stack">
      <title>{`${name} · Sluice`}</title>
      <header className="integration-head">
        <Link href="/" className="button quiet small back">
          <Icon name="back" /> Integrations
        </Link>
        <div className="cluster">
          <VendorMark vendor={vendor} large />
          <div>
            <h1>{name}</h1>
            <p className="small muted wrap-anywhere">
              {[wordsOf(vendor), connection.account].filter(Boolean).join(' · ')}
            </p>
          </div>
          <div className="cluster tight">
            <Badge value={connection.status} />
            <ModeBadge enabled={syncMode.enabled} mode={syncMode.mode} />
            <FlowNote integration={integration} />
          </div>
        </div>
        <Tabs id={id} name={name} tab={tab} />
      </header>
      <HoldNotes integration={integration} tab={tab} />
      <Tab integration={integration} tab={tab} />
    </div>
  );
}

function Tab({ integration, tab }: { integration: IntegrationCard; tab: string }) {
  if (tab === 'connect') return <ConnectTab integration={integration} />;
  if (tab === 'mapping') return <MappingTab integration={integration} />;
  if (tab === 'qualifiers') return <QualifiersTab integration={integration} />;
  if (tab === 'campaigns') return <CampaignsTab integration={integration} />;
  return <ReconciliationTab integration={integration} />;
}

function Tabs({ id, name, tab }: { id: string; name: string; tab: string }) {
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is the reason to look for it
  useEffect(() => {
    // On a phone not all of them are in sight.
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [tab]);
  return (
    <nav ref={nav} className="tabs" aria-label={name}>
      {tabs.map((entry) => (
        <Link key={entry.tab} href={pathOf(id, entry.tab)} aria-current={entry.tab === tab ? 'page' : undefined}>
          {entry.label}
        </Link>
      ))}
    </nav>
  );
}

import { useEffect, useState } from 'react';
import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { type Rule, RulesQuery } from './notification-query.ts';
import { RuleCard } from './rule-card.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import './notifications.css';

/** No stream tells of deliveries. */
const freshMs = 10_000;

/** Who is told when something goes wrong, so that nobody has to watch the dashboard. */
export function NotificationsPage() {
  const barrier = useRoleBarrier()('ADMIN');
  return (
    <div className="stack" data-page="notifications">
      <title>Notifications · Sluice</title>
      {barrier ? (
        <>
          <h1>Notifications</h1>
          <section className="card">
            <Empty icon="bell" title="Administrators see who is notified">
              <p>{barrier}</p>
            </Empty>
          </section>
        </>
      ) : (
        <Rules />
      )}
    </div>
  );
}

function Rules() {
  const [{ data, error, fetching }, reload] = useLiveQuery({ query: RulesQuery });
  const [edited, setEdited] = useState<Rule | 'new' | null>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, freshMs);
    return () => clearInterval(timer);
  });
  const rules = data?.notificationRules;
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Notifications</h1>
          <p className="muted">
            Rules that tell somebody, by e-mail or in Slack, when something goes wrong. Messages have numbers and links,
            and nothing of any lead.
          </p>
        </div>
        <Button kind="primary" icon="plus" onPress={() => setEdited('new')}>
          Add a rule
        </Button>
      </header>
      {!rules &&
        (error && !fetching ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what="rules" />)}
      {rules?.length === 0 && (
        <section className="card">
          <Empty icon="bell" title="Nobody is notified yet">
            <p>
              Add a rule for whoever should know that leads fail, that a connection is lost, or that leads still wait.
            </p>
          </Empty>
        </section>
      )}
      {rules && rules.length > 0 && (
        <ul className="rule-grid" aria-label="Rules">
          {rules.map((rule) => (
            <RuleCard key={rule.id} rule={rule} onEdit={() => setEdited(rule)} />
          ))}
        </ul>
      )}
      {edited && data && (
        <RuleDialog
          rule={edited === 'new' ? null : edited}
          integrations={data.integrations}
          onSaved={reload}
          onClose={() => setEdited(null)}
        />
      )}
    </>
  );
}

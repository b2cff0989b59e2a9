import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { messageOf } from '../data/client.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Callout, Empty, Loading, Trouble } from '../design/states.tsx';
import { wordsOf } from '../words/enums.ts';
import { useMappingDraft } from './mapping-draft.ts';
import { type Mapping, MappingsQuery } from './mapping-query.ts';
import { MappingRow } from './mapping-row.tsx';
import './mapping.css';

/** What of a lead goes into which field at the vendor. */
export function MappingTab({ integration }: { integration: IntegrationCard }) {
  const [{ data, error, fetching }, reload] = useLiveQuery({
    query: MappingsQuery,
    variables: { id: integration.id },
    requestPolicy: 'network-only',
  });
  const mappings = data?.integration?.fieldMappings;
  if (!mappings)
    return error && !fetching ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what="mappings" />;
  return <Mappings integration={integration} saved={mappings} />;
}

const leadFields = ['email', 'firstName', 'lastName', 'company', 'jobTitle', 'phone'];
const empty: Mapping = { source: '', remoteField: '', writeBehavior: 'OVERWRITE', values: [] };

function Mappings({ integration, saved }: { integration: IntegrationCard; saved: readonly Mapping[] }) {
  const draft = useMappingDraft(integration.id, saved);
  const barrier = useRoleBarrier()('ADMIN');
  const used = new Set(draft.rows.map(({ mapping }) => mapping.source));
  const unused = leadFields.filter((source) => !used.has(source));
  return (
    <div className="stack" data-page="mapping">
      <section className="card stack" aria-labelledby="mapping">
        <div className="cluster spread">
          <div>
            <h2 id="mapping">Mapping</h2>
            <p className="muted">
              What goes where at {wordsOf(integration.vendor)}. Saved as you change it, and used by every push from then
              on.
            </p>
          </div>
          <Button
            icon="plus"
            disabledBecause={barrier}
            onPress={() => draft.add({ ...empty, source: unused[0] ?? 'qualifier:' })}
          >
            Add a field
          </Button>
        </div>
        {barrier && <Callout>{barrier}</Callout>}
        {draft.rows.length === 0 ? (
          <Empty icon="plug" title="Nothing is mapped yet">
            <p>
              {integration.vendor === 'WEBHOOK'
                ? 'The webhook gets the whole lead as it is. Map fields to send only those, under names of your own.'
                : 'Leads wait until at least one field is mapped. Begin with the e-mail address: most vendors recognize people by it.'}
            </p>
          </Empty>
        ) : (
          <ul className="mapping-rows" aria-label="Mapped fields">
            {draft.rows.map((row) => (
              <MappingRow
                key={row.key}
                row={row}
                vendor={integration.vendor}
                barrier={barrier}
                onChange={(changes) => draft.change(row.key, changes)}
                onRemove={() => draft.remove(row.key)}
              />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

import { useRef } from 'react';
import { Link } from 'wouter';
import { useRoleBarrier } from '../app/sluice.ts';
import { messageOf } from '../data/client.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Callout, Empty, Loading, Trouble } from '../design/states.tsx';
import { pathOf } from '../integration/paths.ts';
import { wordsOf } from '../words/enums.ts';
import { FieldsNote } from './fields-note.tsx';
import { useMappingDraft } from './mapping-draft.ts';
import type { MappedIntegration, Mapping, MappingSource } from './mapping-query.ts';
import { MappingRow } from './mapping-row.tsx';
import { MissingFields } from './missing-fields.tsx';
import { RecommendedButton } from './recommended-button.tsx';
import { useMappings } from './use-mappings.ts';
import './mapping.css';

/** What of a lead goes into which field at the vendor. */
export function MappingTab({ integration }: { integration: IntegrationCard }) {
  const { read, error, reload } = useMappings(integration.id);
  if (!read) return error ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what="mappings" />;
  return <Mappings vendor={integration.vendor} read={read} />;
}

const leadFields = ['email', 'firstName', 'lastName', 'company', 'jobTitle', 'phone'];
const empty: Mapping = { source: '', remoteField: '', writeBehavior: 'OVERWRITE', values: [] };
const isQualifier = ({ source }: Mapping): boolean => source.startsWith('qualifier:');

interface MappingsProps {
  vendor: string;
  read: MappedIntegration & { sources: readonly MappingSource[] };
}

function Mappings({ vendor, read }: MappingsProps) {
  const { id, remoteFields, canWriteIfBlank, recommendedMappings, mappingWarnings } = read;
  const draft = useMappingDraft(id, read.fieldMappings);
  const barrier = useRoleBarrier()('ADMIN');
  const head = useRef<HTMLDivElement>(null);
  const rows = draft.rows.filter(({ mapping }) => !isQualifier(mapping));
  const qualifiers = new Set(
    draft.rows
      .map(({ mapping }) => mapping)
      .filter(isQualifier)
      .map(({ source }) => source),
  );
  const used = new Set(draft.rows.map(({ mapping }) => mapping.source));
  const taken = new Set(draft.rows.map(({ mapping }) => mapping.remoteField));
  const recommended = (primary: boolean) => (
    <RecommendedButton
      integrationId={id}
      recommended={recommendedMappings}
      mapped={read.fieldMappings}
      barrier={barrier}
      primary={primary}
    />
  );
  return (
    <div className="stack" data-page="mapping">
      <section className="card stack" aria-labelledby="mapping">
        <div className="mapping-head" ref={head}>
          <div>
            <h2 id="mapping">Mapping</h2>
            <p className="muted">
              What goes where at {wordsOf(vendor)}. Saved as you change it, and used by every push from then on, of
              leads that wait already as well; what failed waits for a retry.
            </p>
          </div>
          <div className="cluster tight">
            {rows.length > 0 && recommended(false)}
            <Button
              icon="plus"
              disabledBecause={barrier}
              onPress={() => draft.add({ ...empty, source: leadFields.find((source) => !used.has(source)) ?? '' })}
            >
              Add a field
            </Button>
          </div>
        </div>
        {barrier && <Callout>{barrier}</Callout>}
        <MissingFields
          warnings={mappingWarnings.filter(({ remoteField }) => !taken.has(remoteField))}
          fields={remoteFields}
          barrier={barrier}
          onMap={(remoteField) =>
            draft.add({
              ...empty,
              source: recommendedMappings.find((one) => one.remoteField === remoteField)?.source ?? '',
              remoteField,
            })
          }
        />
        {rows.length === 0 ? (
          <Empty icon="plug" title="No field is mapped yet">
            <p>
              {vendor === 'WEBHOOK'
                ? 'The webhook gets the whole lead as it is. Map fields to send only those, under names of your own.'
                : 'Leads wait until at least one field is mapped. Begin with the e-mail address: most vendors recognize people by it.'}
            </p>
            {recommended(true)}
          </Empty>
        ) : (
          <ul className="mapping-rows" aria-label="Mapped fields">
            {rows.map((row) => (
              <MappingRow
                key={row.key}
                row={row}
                fields={remoteFields}
                sources={read.sources}
                taken={taken}
                canWriteIfBlank={canWriteIfBlank}
                barrier={barrier}
                onChange={(changes) => draft.change(row.key, changes)}
                onRemove={() => {
                  draft.remove(row.key);
                  head.current?.querySelector<HTMLElement>('.button:last-child')?.focus(); // what had it is gone
                }}
              />
            ))}
          </ul>
        )}
        <footer className="mapping-foot">
          <FieldsNote
            integrationId={id}
            vendor={vendor}
            count={remoteFields.length}
            readAt={read.remoteFieldsReadAt}
            barrier={barrier}
          />
          <p className="small muted">
            {qualifiers.size === 0
              ? 'What was asked on the stand is mapped on the '
              : `${qualifiers.size} ${qualifiers.size === 1 ? 'qualifier is' : 'qualifiers are'} mapped on the `}
            <Link href={pathOf(id, 'qualifiers')}>Qualifiers tab</Link>.
          </p>
        </footer>
      </section>
    </div>
  );
}

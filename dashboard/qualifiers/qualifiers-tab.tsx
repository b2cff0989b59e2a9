import { useState } from 'react';
import { useRoleBarrier } from '../app/sluice.ts';
import { messageOf } from '../data/client.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Callout, Empty, Loading, Trouble } from '../design/states.tsx';
import { FieldsNote } from '../mapping/fields-note.tsx';
import { useMappingDraft } from '../mapping/mapping-draft.ts';
import type { MappedIntegration, MappingSource } from '../mapping/mapping-query.ts';
import { useMappings } from '../mapping/use-mappings.ts';
import { wordsOf } from '../words/enums.ts';
import { NewQualifier } from './new-qualifier.tsx';
import { QualifierCard } from './qualifier-card.tsx';
import '../mapping/mapping.css';
import './qualifiers.css';

/** What was asked on the stand: where it goes at the vendor, and what each answer becomes there. */
export function QualifiersTab({ integration }: { integration: IntegrationCard }) {
  const { read, error, reload } = useMappings(integration.id);
  if (!read) return error ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what="qualifiers" />;
  return <Qualifiers vendor={integration.vendor} read={read} />;
}

interface QualifiersProps {
  vendor: string;
  read: MappedIntegration & { sources: readonly MappingSource[] };
}

const prefix = 'qualifier:';

function Qualifiers({ vendor, read }: QualifiersProps) {
  const { id, remoteFields, canWriteIfBlank } = read;
  const draft = useMappingDraft(id, read.fieldMappings);
  const barrier = useRoleBarrier()('ADMIN');
  const [added, setAdded] = useState<readonly string[]>([]);
  const seen = new Map(
    read.sources.flatMap(({ source, values }) =>
      source.startsWith(prefix) ? [[source.slice(prefix.length), values] as const] : [],
    ),
  );
  const mapped = draft.rows.flatMap(({ mapping: { source } }) =>
    source.startsWith(prefix) ? [source.slice(prefix.length)] : [],
  );
  const names = [...new Set([...seen.keys(), ...mapped, ...added])];
  const taken = new Set(draft.rows.map(({ mapping }) => mapping.remoteField));
  const add = (name: string) =>
    draft.add({ source: `${prefix}${name}`, remoteField: '', writeBehavior: 'OVERWRITE', values: [] });
  return (
    <div className="stack" data-page="qualifiers">
      <section className="stack tight" aria-labelledby="qualifiers">
        <div className="mapping-head">
          <div>
            <h2 id="qualifiers">Qualifiers</h2>
            <p className="muted">
              What was asked on the stand, and where the answers go at {wordsOf(vendor)}. Saved as you change it, and
              used by every push from then on; a lead that failed for it waits for a retry.
            </p>
          </div>
          <FieldsNote
            integrationId={id}
            vendor={vendor}
            count={remoteFields.length}
            readAt={read.remoteFieldsReadAt}
            barrier={barrier}
          />
        </div>
        {barrier && <Callout>{barrier}</Callout>}
        {vendor === 'WEBHOOK' && draft.rows.length === 0 && (
          <Callout>
            The webhook gets the whole lead as it is, qualifiers included. As soon as anything is mapped, it gets only
            what is.
          </Callout>
        )}
      </section>
      {names.length === 0 && (
        <section className="card">
          <Empty icon="help" title="No lead carries a qualifier yet">
            <p>
              Qualifiers are what people are asked on the stand, such as “Lead Type: hot, warm, cold”. They come here
              with the first lead that has one; one that you know already can be mapped before.
            </p>
          </Empty>
        </section>
      )}
      {names.map((name) => (
        <QualifierCard
          key={name}
          name={name}
          seen={seen.get(name) ?? []}
          rows={draft.rows.filter(({ mapping }) => mapping.source === `${prefix}${name}`)}
          fields={remoteFields}
          taken={taken}
          canWriteIfBlank={canWriteIfBlank}
          barrier={barrier}
          onAdd={() => add(name)}
          onChange={draft.change}
          onRemove={draft.remove}
        />
      ))}
      <NewQualifier
        barrier={barrier}
        onAdd={(name) => {
          setAdded([...added, name]);
          if (!mapped.includes(name)) add(name);
        }}
      />
    </div>
  );
}

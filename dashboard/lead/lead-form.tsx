import { type SubmitEvent, useRef, useState } from 'react';
import { useAct } from '../app/act.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import type { VariablesOf } from '../data/graphql.ts';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { toast } from '../design/toasts.tsx';
import { useRetries } from '../reconciliation/retries.tsx';
import { type LeadItem, UpdateLead } from './lead-query.ts';

type Input = VariablesOf<typeof UpdateLead>['input'];

const fields = [
  { name: 'firstName', label: 'First name', type: 'text' },
  { name: 'lastName', label: 'Last name', type: 'text' },
  { name: 'email', label: 'E-mail', type: 'email' },
  { name: 'phone', label: 'Phone', type: 'tel' },
  { name: 'company', label: 'Company', type: 'text' },
  { name: 'jobTitle', label: 'Job title', type: 'text' },
] as const;

/** The lead as it is; what is changed here is sent with the next push, or at once. */
export function LeadForm({ item, onChanged }: { item: LeadItem; onChanged(): void }) {
  const { lead, error } = item;
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  /** The edit is based on this revision: somebody else's, made meanwhile, is not overwritten. */
  const [basis, setBasis] = useState(lead.revision);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [pending, setPending] = useState<'save' | 'push' | null>(null);
  const act = useAct();
  const roleBarrier = useRoleBarrier()('OPERATOR');
  const { barrier, retryOne } = useRetries();
  const can = (action: string) => item.availableActions.some((known) => known === action);
  const editBarrier =
    roleBarrier ??
    (can('EDIT') ? null : 'It is with the vendor right now. It can be edited as soon as the answer is there.');
  const pushWord = can('RETRY') ? 'retry' : can('PUSH') ? 'push' : null;
  const input = inputOf(item, values, basis);
  const changed = Object.keys(input).length > 2;
  const set = (name: string) => (value: string) => {
    if (!changed) setBasis(lead.revision);
    setValues((known) => ({ ...known, [name]: value }));
  };
  // The vendor names its own field: find out which of ours goes there.
  const blamed =
    error?.remoteField &&
    item.integration.fieldMappings.find(({ remoteField }) => remoteField === error.remoteField)?.source;
  const noteOf = (source: string) =>
    wrong[source] ?? (blamed === source && item.status === 'FAILED' ? error?.message : undefined);

  const save = async (): Promise<boolean> => {
    setWrong({});
    if (!changed) return true;
    const result = (await act(UpdateLead, { input }))?.updateLead;
    if (!result) return false;
    if (result.__typename === 'UpdateLeadSuccess') return true;
    if (result.__typename === 'ValidationError') {
      setWrong(Object.fromEntries(result.fieldErrors.map(({ path, message }) => [path.split('.')[0] ?? '', message])));
    }
    if ('message' in result) toast(result.message, { wrong: true });
    return false;
  };
  const submit = async (push: boolean) => {
    if (pending) return;
    setPending(push ? 'push' : 'save');
    const saved = await save();
    if (saved && push) await retryOne(item.id);
    else if (saved) toast('Saved.');
    setPending(null);
    if (!saved) return;
    setValues({});
    onChanged();
    // The button that was pressed may be gone with what it was for.
    if (document.activeElement === document.body) form.current?.focus();
  };
  return (
    <form
      ref={form}
      tabIndex={-1}
      className="stack"
      aria-label="Lead"
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        if (!editBarrier) void submit(pushWord !== null && !barrier);
      }}
    >
      <div className="field-grid">
        {fields.map(({ name, label, type }) => (
          <Field
            key={name}
            label={label}
            type={type}
            value={values[name] ?? lead[name] ?? ''}
            onChange={set(name)}
            wrong={noteOf(name)}
            readOnly={editBarrier !== null}
          />
        ))}
        {lead.qualifiers.map(({ name, values: answers }) => (
          <Field
            key={`qualifier:${name}`}
            label={name}
            hint="Qualifier; several answers are separated by ;"
            value={values[`qualifier:${name}`] ?? answers.join('; ')}
            onChange={set(`qualifier:${name}`)}
            wrong={noteOf(`qualifier:${name}`)}
            readOnly={editBarrier !== null}
          />
        ))}
        {lead.attributes.map(({ name, value }) => (
          <Field
            key={`attribute:${name}`}
            label={name}
            value={values[`attribute:${name}`] ?? value}
            onChange={set(`attribute:${name}`)}
            wrong={noteOf(`attribute:${name}`)}
            readOnly={editBarrier !== null}
            long={value.length > 60}
          />
        ))}
      </div>
      <div className="cluster tight">
        {pushWord && (
          <Button
            type="submit"
            kind="primary"
            icon={pushWord === 'retry' ? 'retry' : 'send'}
            disabledBecause={editBarrier ?? barrier}
            pending={pending === 'push'}
          >
            {changed ? `Save and ${pushWord}` : pushWord === 'retry' ? 'Retry' : 'Push now'}
          </Button>
        )}
        {(changed || !pushWord) && (
          <Button
            disabledBecause={editBarrier ?? (changed ? null : 'Nothing is changed yet.')}
            pending={pending === 'save'}
            onPress={() => void submit(false)}
          >
            Save
          </Button>
        )}
        {changed && (
          <Button kind="quiet" onPress={() => setValues({})}>
            Undo
          </Button>
        )}
      </div>
    </form>
  );
}

/** What differs from the lead as it was read; empty clears. */
function inputOf({ lead }: LeadItem, values: Readonly<Record<string, string>>, expectedRevision: number): Input {
  const given = (name: string, known: string) => {
    const value = values[name]?.trim();
    return value === undefined || value === known ? undefined : value;
  };
  const input: Input = { leadId: lead.id, expectedRevision };
  for (const { name } of fields) {
    const value = given(name, lead[name] ?? '');
    if (value !== undefined) input[name] = value || null;
  }
  const qualifiers = lead.qualifiers.flatMap(({ name, values: answers }) => {
    const value = given(`qualifier:${name}`, answers.join('; '));
    return value === undefined
      ? []
      : [
          {
            name,
            values: value
              .split(';')
              .map((answer) => answer.trim())
              .filter(Boolean),
          },
        ];
  });
  const attributes = lead.attributes.flatMap(({ name, value: known }) => {
    const value = given(`attribute:${name}`, known);
    return value === undefined ? [] : [{ name, value: value || null }];
  });
  if (qualifiers.length > 0) input.qualifiers = qualifiers;
  if (attributes.length > 0) input.attributes = attributes;
  return input;
}

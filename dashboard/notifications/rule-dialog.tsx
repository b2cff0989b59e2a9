import { type SubmitEvent, useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { CheckField } from '../design/check-field.tsx';
import { Choice } from '../design/choice.tsx';
import { Field } from '../design/field.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { Segments } from '../design/segments.tsx';
import { RefusalNote } from '../design/states.tsx';
import { toast } from '../design/toasts.tsx';
import { EventPicker } from '../events/event-picker.tsx';
import { CreateRule, type Rule, UpdateRule } from './notification-query.ts';
import { type Draft, draftOf, inputOf, timeZones } from './rule-draft.ts';
import { cadences, triggers } from './rule-words.ts';

interface RuleDialogProps {
  /** Null: a new one. */
  rule: Rule | null;
  integrations: readonly { id: string; name: string }[];
  onSaved(): void;
  onClose(): void;
}

/** A rule on one page: its name, what it tells of, when, and whom. */
export function RuleDialog({ rule, integrations, onSaved, onClose }: RuleDialogProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(rule));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const act = useAct();
  const set = (changes: Partial<Draft>) => setDraft((known) => ({ ...known, ...changes }));
  const save = async () => {
    setWrong({});
    setRefusal(null);
    setPending(true);
    const input = inputOf(draft);
    const result = rule
      ? (await act(UpdateRule, { input: { ...input, id: rule.id } }))?.updateNotificationRule
      : (await act(CreateRule, { input: { ...input, channel: input.channel ?? { webhook: { url: '' } } } }))
          ?.createNotificationRule;
    setPending(false);
    if (!result) return;
    const said = refusalOf(result);
    if (said === null) {
      toast(rule ? `${draft.name} is saved.` : `${draft.name} tells of what happens from now on.`);
      onSaved();
      return onClose();
    }
    if (result.__typename !== 'ValidationError') return setRefusal(said);
    setWrong(Object.fromEntries(result.fieldErrors.map(({ path, message }) => [fieldOf(path), message])));
  };
  const kept = rule?.channel.kind === 'WEBHOOK' ? rule.channel.target : null;
  return (
    <ModalDialog title={rule ? `Edit ${rule.name}` : 'Add a rule'} onClose={onClose} asks wide>
      <form
        className="stack rule-form"
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          if (!pending) void save();
        }}
      >
        <Field
          label="Name"
          value={draft.name}
          onChange={(name) => set({ name })}
          wrong={wrong.name}
          hint="It is in every message."
          required
        />
        <fieldset className="stack tight">
          <legend>Tell when</legend>
          {triggers.map(({ trigger, label, hint }) => (
            <CheckField
              key={trigger}
              label={label}
              hint={hint}
              checked={draft.triggers.includes(trigger)}
              onChange={(on) =>
                set({
                  triggers: on ? [...draft.triggers, trigger] : draft.triggers.filter((known) => known !== trigger),
                })
              }
            />
          ))}
          {wrong.triggers && (
            <p role="alert" className="small wrong">
              Triggers: {wrong.triggers}
            </p>
          )}
        </fieldset>
        <div className="field-pair">
          <Choice
            label="Of"
            value={draft.integrationId}
            onChange={(integrationId) => set({ integrationId })}
            options={[
              { value: '', label: 'All integrations' },
              ...integrations.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
          <div className="field">
            <span className="label" aria-hidden="true">
              At
            </span>
            <EventPicker
              chosen={draft.event}
              onChoose={(id, name) => set({ event: id === null ? null : { id, name } })}
            />
          </div>
        </div>
        <div className="field-pair">
          <Choice
            label="Failed leads are told"
            value={draft.cadence}
            options={cadences}
            onChange={(cadence) => set({ cadence })}
          />
          <Choice
            label="By the clock of"
            value={draft.timeZone}
            options={timeZones(draft.timeZone).map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))}
            onChange={(timeZone) => set({ timeZone })}
          />
        </div>
        <div className="stack tight">
          <Segments
            label="Send it"
            value={draft.channel}
            options={[
              { value: 'WEBHOOK', label: 'To Slack or a webhook' },
              { value: 'EMAIL', label: 'By e-mail' },
            ]}
            onChoose={(channel) => set({ channel })}
          />
          {draft.channel === 'WEBHOOK' ? (
            <Field
              label="Webhook address"
              type="url"
              value={draft.url}
              onChange={(url) => set({ url })}
              wrong={wrong.channel}
              required={!kept}
              placeholder="https://hooks.slack.com/services/…"
              hint={
                kept
                  ? `Leave it empty to keep the one at ${kept}.`
                  : 'Slack: an incoming webhook. It is stored encrypted, and only its host is shown.'
              }
            />
          ) : (
            <Field
              label="E-mail addresses"
              value={draft.recipients}
              onChange={(recipients) => set({ recipients })}
              wrong={wrong.channel}
              required
              placeholder="ops@example.com, desk@example.com"
              hint="Up to 20, separated by commas. They see each other’s addresses."
            />
          )}
        </div>
        <RefusalNote>{refusal}</RefusalNote>
        <div className="answers">
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" pending={pending}>
            {rule ? 'Save' : 'Add the rule'}
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}

/** `channel.email.recipients.1` is told at the channel. */
const fieldOf = (path: string): string => path.split('.')[0] ?? '';

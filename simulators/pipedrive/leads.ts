import { randomUUID } from 'node:crypto';
import type { ApiAnswer } from '../api.ts';
import { jsonOf, type Received } from '../server.ts';
import { refused, succeeded } from './answers.ts';
import type { PersonStore } from './person-store.ts';

export type StoredLead = Record<string, unknown> & { id: string; title: string; person_id: number | null };

/** The calls below /api/v1/leads; null: there is no such. */
export function answerLeads(
  { method, path, body }: Received,
  leads: Map<string, StoredLead>,
  persons: PersonStore,
  nowMs: number,
): ApiAnswer | null {
  const asked = (jsonOf(body) ?? {}) as Partial<StoredLead>;
  if (path === '/api/v1/leads' && method === 'GET') return succeeded([...leads.values()], { pagination: { start: 0 } });
  if (path === '/api/v1/leads' && method === 'POST') {
    const { title, person_id: personId, organization_id: organizationId } = asked;
    if (typeof title !== 'string' || title === '') return refused(400, 'title is required');
    if (personId == null && organizationId == null) return refused(400, 'person_id or organization_id is required');
    if (personId != null && !persons.find(personId)) return refused(404, 'Person not found');
    const at = new Date(nowMs).toISOString();
    const lead = {
      organization_id: null,
      value: null,
      label_ids: [],
      is_archived: false,
      source_name: 'API',
      add_time: at,
      update_time: at,
      ...asked,
      id: randomUUID(),
      title,
      person_id: personId ?? null,
    };
    leads.set(lead.id, lead);
    return succeeded(lead, undefined, 201);
  }
  const id = /^\/api\/v1\/leads\/([\w-]+)$/.exec(path)?.[1];
  if (id === undefined) return null;
  const lead = leads.get(id);
  if (!lead) return refused(404, 'Lead not found');
  if (method === 'PATCH') Object.assign(lead, asked, { id, update_time: new Date(nowMs).toISOString() });
  else if (method !== 'GET') return refused(405, 'Method not allowed');
  return succeeded(lead);
}

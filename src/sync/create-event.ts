import { events } from '../db/tables/index.ts';
import { type FieldProblem, ValidationError } from '../domain/errors.ts';
import { isTimeZone } from '../domain/time-zone.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';
import { requireRole, type Viewer } from './viewer.ts';

export interface CreateEvent {
  name: string;
  /** YYYY-MM-DD. */
  startsOn?: string | null | undefined;
  endsOn?: string | null | undefined;
  /** IANA name; UTC when absent. */
  timeZone?: string | null | undefined;
}

/** Creates an event; its name is unique in the organization, whatever the case. Returns its id. Operators and admins. */
export async function createEvent(services: Services, viewer: Viewer, input: CreateEvent): Promise<string> {
  requireRole(viewer, 'OPERATOR');
  const name = input.name.trim();
  const timeZone = input.timeZone ?? 'UTC';
  validate(name, timeZone, input);
  const id = services.newId();
  const [created] = await services.db
    .insert(events)
    .values({
      orgId: viewer.orgId,
      id,
      name,
      startsOn: input.startsOn ?? null,
      endsOn: input.endsOn ?? null,
      timeZone,
      createdAt: services.now(),
    })
    .onConflictDoNothing()
    .returning({ id: events.id });
  if (!created) throw new ValidationError([{ path: 'name', message: 'an event of this name exists already.' }]);
  return id;
}

function validate(name: string, timeZone: string, input: CreateEvent): void {
  const problems: FieldProblem[] = [];
  if (name === '' || name.length > 200 || !isStorable(name))
    problems.push({ path: 'name', message: 'expected 1 to 200 characters.' });
  if (!isTimeZone(timeZone))
    problems.push({ path: 'timeZone', message: 'expected an IANA time zone, e.g. America/Chicago.' });
  if (input.startsOn && input.endsOn && input.endsOn < input.startsOn) {
    problems.push({ path: 'endsOn', message: 'expected a day that is not before startsOn.' });
  }
  if (problems.length > 0) throw new ValidationError(problems);
}

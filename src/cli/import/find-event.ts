import { z } from 'zod';
import { CliError, printable } from '../cli-error.ts';
import type { GraphqlClient } from '../graphql-client.ts';
import { refusalOf } from './refusal.ts';

export interface ImportEvent {
  id: string;
  /** As the server has it. */
  name: string;
  leadCount: number;
}

const eventsDocument = /* GraphQL */ `
  query ImportEvents($search: String, $after: String) {
    events(search: $search, first: 100, after: $after) {
      edges { node { id name leadCount } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

const eventSchema = z.object({ id: z.string(), name: z.string(), leadCount: z.number() });

const eventsSchema = z.object({
  events: z.object({
    edges: z.array(z.object({ node: eventSchema })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

const createEventDocument = /* GraphQL */ `
  mutation ImportCreateEvent($input: CreateEventInput!) {
    createEvent(input: $input) {
      __typename
      ... on CreateEventSuccess { event { id name leadCount } }
      ... on ValidationError { message fieldErrors { path message } }
      ... on ForbiddenError { message requiredRole }
    }
  }
`;

const createEventSchema = z.object({
  createEvent: z.looseObject({
    __typename: z.string(),
    event: eventSchema.optional(),
  }),
});

const searchLettersMin = 3; // shorter ones may be refused: then every event is looked at

/** Finds the event of that name, whatever its case, among all events of the organization; null when there is none. */
export async function findEvent(client: GraphqlClient, name: string): Promise<ImportEvent | null> {
  const search = name.length < searchLettersMin ? null : name;
  for (let after: string | null = null; ; ) {
    const { events }: z.infer<typeof eventsSchema> = await client.request(
      eventsDocument,
      { search, after },
      eventsSchema,
    );
    const found = events.edges.find(({ node }) => caseless(node.name) === caseless(name));
    if (found) return found.node;
    after = events.pageInfo.endCursor;
    if (!events.pageInfo.hasNextPage || after === null) return null;
  }
}

/**
 * Creates the event; needs the role OPERATOR. When a lost answer or somebody else made it meanwhile, that one is taken.
 * @throws CliError with the server's reason when it refuses
 */
export async function createEvent(client: GraphqlClient, name: string): Promise<ImportEvent> {
  const { createEvent: result } = await client.request(createEventDocument, { input: { name } }, createEventSchema);
  if (result.event) return result.event;
  const existing = result.__typename === 'ValidationError' ? await findEvent(client, name) : null;
  if (existing) return existing;
  throw new CliError(`The event "${printable(name)}" could not be created: ${refusalOf(result)}`);
}

const leadCountDocument = /* GraphQL */ `
  query ImportLeadCount($id: ID!) { event(id: $id) { id name leadCount } }
`;

/** How many leads the event has now; null when it is gone. */
export async function countLeads(client: GraphqlClient, { id }: ImportEvent): Promise<number | null> {
  const { event } = await client.request(leadCountDocument, { id }, z.object({ event: eventSchema.nullable() }));
  return event?.leadCount ?? null;
}

const caseless = (name: string): string => name.normalize('NFC').trim().toLowerCase();

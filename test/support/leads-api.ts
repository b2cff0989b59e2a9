import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { buildSchema, graphql } from 'graphql';

/** The part of the public schema that the import uses. */
const schema = buildSchema(/* GraphQL */ `
  scalar DateTime
  scalar Date
  enum Role { VIEWER OPERATOR ADMIN }
  interface Error { message: String! }
  type FieldError { path: String! message: String! }
  type ValidationError implements Error { message: String! fieldErrors: [FieldError!]! }
  type NotFoundError implements Error { message: String! }
  type ForbiddenError implements Error { message: String! requiredRole: Role! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Event { id: ID! name: String! leadCount: Int! }
  type EventEdge { node: Event! cursor: String! }
  type EventConnection { edges: [EventEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type Lead { id: ID! }
  type CreateEventSuccess { event: Event! }
  union CreateEventResult = CreateEventSuccess | ValidationError | ForbiddenError
  type CaptureLeadsSuccess { leads: [Lead!]! }
  union CaptureLeadsResult = CaptureLeadsSuccess | ValidationError | NotFoundError | ForbiddenError
  input CreateEventInput { name: String! startsOn: Date endsOn: Date timeZone: String = "UTC" }
  input QualifierAnswerInput { name: String! values: [String!]! }
  input LeadAttributeInput { name: String! value: String }
  input LeadInput {
    externalId: String firstName: String lastName: String email: String company: String jobTitle: String phone: String
    qualifiers: [QualifierAnswerInput!] attributes: [LeadAttributeInput!] enriched: Boolean capturedAt: DateTime
  }
  input CaptureLeadsInput { eventId: ID! leads: [LeadInput!]! }
  type Query {
    events(search: String, first: Int = 50, after: String): EventConnection!
    event(id: ID!): Event
  }
  type Mutation {
    createEvent(input: CreateEventInput!): CreateEventResult!
    captureLeads(input: CaptureLeadsInput!): CaptureLeadsResult!
  }
`);

export interface StoredLead {
  externalId: string;
  email?: string;
  qualifiers?: { name: string; values: string[] }[];
  [field: string]: unknown;
}

interface StoredEvent {
  id: string;
  name: string;
  /** By externalId. */
  leads: Map<string, { lead: StoredLead; revision: number }>;
}

/** What becomes of one request; `lost`: it takes effect, and its answer never arrives. */
export type Fate = 'answered' | 'refused connection' | 'lost' | { rateLimitedForMs: number };

/** A stand-in for Sluice's GraphQL API as the import sees it, over real HTTP. */
export interface LeadsApi {
  url: string;
  /** In the order of their creation. */
  events: StoredEvent[];
  /** Leads in each captureLeads call that arrived, whatever became of it. */
  captureCalls: number[];
  /** Decides about each captureLeads request; by default all are answered. */
  onCapture: (nth: number) => Fate;
  addEvent(name: string): StoredEvent;
  stop(): Promise<void>;
}

export interface LeadsApiOptions {
  apiKey: string;
  role?: 'VIEWER' | 'OPERATOR';
  /** Larger captureLeads calls answer LIMIT_EXCEEDED. */
  leadsMax?: number;
}

const emailLengthMax = 254;
const pageMax = 2; // so that a handful of events takes several pages

export async function startLeadsApi({
  apiKey,
  role = 'OPERATOR',
  leadsMax = 1_000,
}: LeadsApiOptions): Promise<LeadsApi> {
  const server = createServer((request, response) => void handle(request, response));
  const api: LeadsApi = {
    url: '',
    events: [],
    captureCalls: [],
    onCapture: () => 'answered',
    addEvent(name) {
      const event = { id: `event-${api.events.length + 1}`, name, leads: new Map() };
      api.events.push(event);
      return event;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { query, variables } = JSON.parse(await text(request));
    if (request.headers.authorization !== `Bearer ${apiKey}`) {
      return answer(response, failure('UNAUTHENTICATED'), 401);
    }
    const leads: unknown[] | undefined = variables.input?.leads;
    const fate = leads ? api.onCapture(api.captureCalls.push(leads.length)) : 'answered';
    if (fate === 'refused connection') return void request.socket.destroy();
    if (typeof fate === 'object')
      return answer(response, failure('RATE_LIMITED', { retryAfterMs: fate.rateLimitedForMs }));
    if (leads && leads.length > leadsMax) return answer(response, failure('LIMIT_EXCEEDED'));
    const result = await graphql({
      schema,
      source: query,
      variableValues: variables,
      rootValue: rootOf(api, role),
    });
    if (fate === 'lost') return void request.socket.destroy();
    answer(response, result);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return api;
}

function answer(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/graphql-response+json' }).end(JSON.stringify(body));
}

function failure(code: string, extensions: object = {}): object {
  return {
    errors: [{ message: `Refused: ${code}`, extensions: { code, requestId: 'request-1', ...extensions } }],
  };
}

function rootOf(api: LeadsApi, role: string) {
  const forbidden = {
    __typename: 'ForbiddenError',
    message: 'This needs the role OPERATOR.',
    requiredRole: 'OPERATOR',
  };
  const shown = ({ id, name, leads }: StoredEvent) => ({ id, name, leadCount: leads.size });
  return {
    event: ({ id }: { id: string }) => api.events.filter((event) => event.id === id).map(shown)[0] ?? null,
    events({ search, first, after }: { search?: string; first: number; after?: string }) {
      const matching = api.events.filter(({ name }) => name.toLowerCase().includes(search?.toLowerCase() ?? ''));
      const start = Number(after ?? 0);
      const end = start + Math.min(first, pageMax);
      return {
        edges: matching.slice(start, end).map((event) => ({ node: shown(event), cursor: event.id })),
        pageInfo: { hasNextPage: end < matching.length, endCursor: String(end) },
        totalCount: matching.length,
      };
    },
    createEvent({ input: { name } }: { input: { name: string } }) {
      if (role === 'VIEWER') return forbidden;
      if (api.events.some((event) => event.name.toLowerCase() === name.toLowerCase())) {
        return invalid([{ path: 'name', message: 'There is an event of this name already.' }]);
      }
      return { __typename: 'CreateEventSuccess', event: shown(api.addEvent(name)) };
    },
    captureLeads({ input }: { input: { eventId: string; leads: StoredLead[] } }) {
      if (role === 'VIEWER') return forbidden;
      const event = api.events.find(({ id }) => id === input.eventId);
      if (!event) return { __typename: 'NotFoundError', message: 'There is no such event in this organization.' };
      const problems = problemsOf(input.leads);
      if (problems.length > 0) return invalid(problems);
      for (const lead of input.leads) store(event, lead);
      return {
        __typename: 'CaptureLeadsSuccess',
        leads: input.leads.map(({ externalId }) => ({ id: externalId })),
      };
    },
  };
}

function invalid(fieldErrors: { path: string; message: string }[]): object {
  return { __typename: 'ValidationError', message: 'The input is not valid.', fieldErrors };
}

function problemsOf(leads: readonly StoredLead[]): { path: string; message: string }[] {
  return leads.flatMap(({ externalId, email = '', qualifiers = [] }, index) => {
    const problems: { path: string; message: string }[] = [];
    if (leads.findIndex((lead) => lead.externalId === externalId) < index) {
      problems.push({ path: `leads.${index}.externalId`, message: 'occurs twice in this call' });
    }
    if (email.length > emailLengthMax) {
      problems.push({ path: `leads.${index}.email`, message: `has more than ${emailLengthMax} characters` });
    }
    for (const [nth, { values }] of qualifiers.entries()) {
      if (values.some((value) => value.length > 100)) {
        problems.push({
          path: `leads.${index}.qualifiers.${nth}.values.0`,
          message: 'has more than 100 characters',
        });
      }
    }
    return problems;
  });
}

function store({ leads }: StoredEvent, lead: StoredLead): void {
  const known = leads.get(lead.externalId);
  if (!known) leads.set(lead.externalId, { lead, revision: 1 });
  else if (JSON.stringify({ ...known.lead, ...lead }) !== JSON.stringify(known.lead)) {
    leads.set(lead.externalId, { lead: { ...known.lead, ...lead }, revision: known.revision + 1 });
  }
}

import { z } from 'zod';
import type { GraphqlClient } from '../src/cli/graphql-client.ts';

export type Fields = Record<string, unknown>;

/** What the demo does through the public API, as any other client would. */
export class DemoApi {
  readonly client: GraphqlClient;

  constructor(client: GraphqlClient) {
    this.client = client;
  }

  async findIntegration(id: string): Promise<Integration | null> {
    const document = `query DemoIntegration($id: ID!) {
      integration(id: $id) { id connection { status } syncMode { mode } fieldMappings { source } }
    }`;
    return (await this.client.request(document, { id }, z.object({ integration: Integration.nullable() }))).integration;
  }

  /** Connects it, or finds that one that an interrupted start connected. Returns its id. */
  async connect(input: Fields): Promise<{ id: string; accountChanged: boolean }> {
    const result = await this.#change(
      'connect',
      'ConnectInput',
      input,
      '... on ConnectSuccess { integration { id } accountChanged } ... on AccountInUseError { integration { id } }',
    );
    const { integration, accountChanged } = Connected.parse(result);
    return { id: integration.id, accountChanged };
  }

  async setAutomatic(integrationId: string): Promise<void> {
    await this.#change('setSyncMode', 'SetSyncModeInput', { integrationId, mode: 'AUTOMATIC' });
  }

  async setFieldMappings(integrationId: string, mappings: readonly Fields[]): Promise<void> {
    await this.#change('setFieldMappings', 'SetFieldMappingsInput', { integrationId, mappings });
  }

  async applyRecommendedMappings(integrationId: string): Promise<void> {
    await this.#run(
      `mutation Demo($integrationId: ID!) {
        result: applyRecommendedMappings(integrationId: $integrationId) { __typename ... on Error { message } }
      }`,
      { integrationId },
    );
  }

  async createEvent(input: { name: string; startsOn: string; endsOn: string; timeZone: string }): Promise<string> {
    const result = await this.#change(
      'createEvent',
      'CreateEventInput',
      input,
      '... on CreateEventSuccess { event { id } }',
    );
    return z.object({ event: z.object({ id: z.string() }) }).parse(result).event.id;
  }

  /** Returns the leads' ids, in the order of the input. */
  async captureLeads(eventId: string, leads: readonly Fields[]): Promise<string[]> {
    const more = '... on CaptureLeadsSuccess { leads { id } }';
    const result = await this.#change('captureLeads', 'CaptureLeadsInput', { eventId, leads }, more);
    return Captured.parse(result).leads.map((lead) => lead.id);
  }

  async updateLead(leadId: string, changes: Fields): Promise<void> {
    await this.#change('updateLead', 'UpdateLeadInput', { leadId, ...changes });
  }

  /** One mutation that takes an input; `more`: what else to select of its result. */
  #change(field: string, inputType: string, input: Fields, more = ''): Promise<unknown> {
    const document = `mutation Demo($input: ${inputType}!) {
      result: ${field}(input: $input) { __typename ... on Error { message } ${more} }
    }`;
    return this.#run(document, { input });
  }

  /** A refusal as data is thrown, except where its integration was selected too. */
  async #run(document: string, variables: Fields): Promise<unknown> {
    const { result } = await this.client.request(document, variables, z.object({ result: Result }));
    if (result.message !== undefined && result.integration === undefined)
      throw new Error(`${/result: (\w+)/.exec(document)?.[1]}: ${result.message}`);
    return result;
  }
}

const Result = z.looseObject({ message: z.string().optional(), integration: z.unknown().optional() });
const Connected = z.object({
  integration: z.object({ id: z.string() }),
  accountChanged: z.boolean().default(false),
});
const Captured = z.object({ leads: z.array(z.object({ id: z.string() })) });
const Integration = z.object({
  id: z.string(),
  connection: z.object({ status: z.string() }),
  syncMode: z.object({ mode: z.string() }),
  fieldMappings: z.array(z.object({ source: z.string() })),
});
type Integration = z.infer<typeof Integration>;

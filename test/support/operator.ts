import type { MarketoSimulator } from '../../simulators/marketo/start-marketo.ts';
import type { SluiceProgram } from './sluice-program.ts';

type Fields = Record<string, unknown>;

export interface Receipt {
  version: number;
  inFlight: number;
  cursor: string;
}

export interface ListedItem {
  id: string;
  status: string;
  version: number;
}

export interface ListedRetry {
  status: 'RUNNING' | 'COMPLETED' | 'CANCELED';
  total: number;
  waiting: number;
  cleared: number;
  failed: number;
}

export interface Snapshot {
  cursor: string;
  counts: Record<'total' | 'preSync' | 'frozen' | 'queued' | 'syncing' | 'failed' | 'cleared', number>;
  errorGroups: { category: string; count: number }[];
}

/** How long a test waits for what never comes before it says so. */
const patienceMs = 40_000;

const snapshot = 'cursor counts { total preSync frozen queued syncing failed cleared } errorGroups { category count }';

/** Somebody who works with one integration of a program, through its API alone. */
export class Operator {
  readonly integrationId: string;
  readonly #program: SluiceProgram;

  private constructor(program: SluiceProgram, integrationId: string) {
    this.#program = program;
    this.integrationId = integrationId;
  }

  /** Connects a Marketo, AUTOMATIC, and maps the usual fields. */
  static async connect(program: SluiceProgram, marketo: MarketoSimulator): Promise<Operator> {
    const credentials = { baseUrl: marketo.url, clientId: marketo.clientId, clientSecret: marketo.clientSecret };
    const input = { vendor: 'MARKETO', credentials: { marketo: credentials } };
    const { integration } = await change<{ integration: { id: string } }>(
      program,
      'connect',
      input,
      '... on ConnectSuccess { integration { id } }',
    );
    const operator = new Operator(program, integration.id);
    const mappings = ['email', 'firstName', 'lastName', 'company'].map((name) => ({ source: name, remoteField: name }));
    await operator.#change('setFieldMappings', { mappings });
    return operator;
  }

  async createEvent(name: string): Promise<string> {
    const selection = '... on CreateEventSuccess { event { id } }';
    return (await change<{ event: { id: string } }>(this.#program, 'createEvent', { name }, selection)).event.id;
  }

  /** Returns the leads' ids. */
  async capture(eventId: string, leads: Fields[]): Promise<string[]> {
    const selection = '... on CaptureLeadsSuccess { leads { id } }';
    const captured = await change<{ leads: { id: string }[] }>(
      this.#program,
      'captureLeads',
      { eventId, leads },
      selection,
    );
    return captured.leads.map(({ id }) => id);
  }

  async update(leadId: string, changes: Fields): Promise<void> {
    await change(this.#program, 'updateLead', { leadId, ...changes });
  }

  async setSyncMode(mode: 'AUTOMATIC' | 'MANUAL'): Promise<Receipt> {
    return this.#changeSetting('setSyncMode', { mode, confirm: true });
  }

  disable(): Promise<Receipt> {
    return this.#changeSetting('disable', {});
  }

  /** In the mode it had, or into MANUAL. */
  enable(mode?: 'MANUAL'): Promise<Receipt> {
    return this.#changeSetting('enable', mode ? { mode, confirm: true } : {});
  }

  async disconnect(): Promise<void> {
    await this.#change('disconnect', { confirm: true });
  }

  /** The retry's id; null when the integration is held or there is nothing to release. */
  retryEvent(eventId: string, groups: string[]): Promise<string | null> {
    return this.#retry('retryEvent', { eventId, groups });
  }

  retryFailed(category: string): Promise<string | null> {
    return this.#retry('retry', { select: { filter: { category } } });
  }

  async cancelRetry(retryId: string): Promise<void> {
    const client = await this.#program.client;
    await client.data('mutation ($id: ID!) { cancelRetry(retryId: $id) { __typename } }', { id: retryId });
  }

  async read(): Promise<Snapshot> {
    const { integration } = await this.#ask<{ reconciliation: Snapshot }>(`reconciliation { ${snapshot} }`);
    return integration.reconciliation;
  }

  /** A list of the Reconciliation tab, page by page. */
  async list(group: 'PRE_SYNC' | 'FAILED' | 'CLEARED'): Promise<ListedItem[]> {
    interface Page {
      edges: { node: ListedItem }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    }
    const listed: ListedItem[] = [];
    let after: string | null = null;
    do {
      const answer: { integration: { reconciliation: { items: Page } } } = await this.#ask(
        `reconciliation { items(group: ${group}, first: 100, after: ${JSON.stringify(after)}) {
          edges { node { id status version } } pageInfo { hasNextPage endCursor }
        } }`,
      );
      const { edges, pageInfo }: Page = answer.integration.reconciliation.items;
      listed.push(...edges.map(({ node }) => node));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    return listed;
  }

  async listRetries(): Promise<ListedRetry[]> {
    const { integration } = await this.#ask<{ retries: { edges: { node: ListedRetry }[] } }>(
      'retries(first: 100) { edges { node { status total waiting cleared failed } } }',
    );
    return integration.retries.edges.map(({ node }) => node);
  }

  /** Reads the counts whenever they change, until they are as wanted. */
  async until(wanted: (counts: Snapshot['counts']) => boolean): Promise<void> {
    const client = await this.#program.client;
    const messages = client.subscribe<{ reconciliationChanged: Snapshot }>(
      `subscription ($id: ID!) { reconciliationChanged(integrationId: $id) { ${snapshot} } }`,
      { id: this.integrationId },
    );
    const givingUp = setTimeout(() => void messages.return?.(), patienceMs);
    let last: Snapshot['counts'] | null = null;
    try {
      for await (const { data, errors } of messages) {
        if (!data) throw new Error(`the counts were refused: ${JSON.stringify(errors)}`);
        last = data.reconciliationChanged.counts;
        if (wanted(last)) return;
      }
    } finally {
      clearTimeout(givingUp);
    }
    throw new Error(`waited in vain for counts, last ${JSON.stringify(last)}`);
  }

  async #changeSetting(name: string, input: Fields): Promise<Receipt> {
    const selection = `... on ${capitalized(name)}Success { receipt { version inFlight cursor } }`;
    return (await this.#change<{ receipt: Receipt }>(name, input, selection)).receipt;
  }

  async #retry(name: string, input: Fields): Promise<string | null> {
    const selection = '... on RetrySuccess { retry { id } }';
    const { retry } = await this.#change<{ retry?: { id: string } }>(name, input, selection, ['IntegrationHeldError']);
    return retry?.id ?? null;
  }

  #change<Result>(name: string, input: Fields, selection = '', expected: string[] = []): Promise<Result> {
    return change(this.#program, name, { integrationId: this.integrationId, ...input }, selection, expected);
  }

  async #ask<Selected>(selection: string): Promise<{ integration: Selected }> {
    const client = await this.#program.client;
    return client.data(`query ($id: ID!) { integration(id: $id) { ${selection} } }`, { id: this.integrationId });
  }
}

const capitalized = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** A mutation. Throws what it refuses, unless that is expected. */
async function change<Result>(
  program: SluiceProgram,
  name: string,
  input: Fields,
  selection = '',
  expected: string[] = [],
): Promise<Result> {
  const client = await program.client;
  const result = await client.data<Record<string, Result & { __typename: string; message?: string }>>(
    `mutation ($input: ${capitalized(name)}Input!) {
      ${name}(input: $input) { __typename ... on Error { message } ${selection} }
    }`,
    { input },
  );
  const changed = result[name];
  if (!changed) throw new Error(`${name} answered nothing`);
  if (!/Success$/.test(changed.__typename) && !expected.includes(changed.__typename)) {
    throw new Error(`${name}: ${changed.message}`);
  }
  return changed;
}

import { onTestFinished } from 'vitest';
import { type MarketoOptions, startMarketo } from '../../simulators/marketo/start-marketo.ts';
import type { PushAnswer } from '../../src/sync/connectors/connector.ts';
import { marketo } from '../../src/sync/connectors/marketo/marketo.ts';
import { recordsOf } from './records.ts';
import { createWorkbench } from './workbench.ts';

export const leadsPath = '/rest/v1/leads.json';

/** A subscription on the workbench's clock, and a push to it. */
export async function givenMarketo(options: MarketoOptions = {}) {
  const bench = createWorkbench();
  const vendor = await startMarketo({ clock: () => bench.now, ...options });
  onTestFinished(() => vendor.close());
  const { url: baseUrl, clientId, clientSecret } = vendor;
  const credentials = { baseUrl, clientId, clientSecret, partition: null };
  const session = bench.session(credentials);
  const tools = bench.tools;
  const callsTo = (path: string) => vendor.calls().filter((call) => call.path.startsWith(path));
  return {
    bench,
    vendor,
    credentials,
    session,
    tools,
    callsTo,
    push: (batch = recordsOf(2)) => marketo.push(batch, session),
  };
}

/** What became of each record, or of the push. */
export const kindsOf = (answer: PushAnswer) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;

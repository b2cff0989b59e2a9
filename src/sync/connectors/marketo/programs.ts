import { z } from 'zod';
import { type Campaign, type Stopped, syncError } from '../connector.ts';
import { call, type MarketoSession } from './session.ts';

const campaignsMax = 100;
/** Of Marketo's asset API, which pages by offset. Source: Marketo "Programs", read 2026-11. */
const pageSize = 200;
/** A search reads the programs of an account up to here: the API finds exact names only. */
const programsReadMax = 4_000;

const program = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  name: z.string(),
  type: z.string().nullish(),
  channel: z.string().nullish(),
});
type Program = z.output<typeof program>;

const channel = z.object({
  name: z.string(),
  progressionStatuses: z
    .array(z.object({ name: z.string(), step: z.number().nullish(), hidden: z.boolean().nullish() }))
    .nullish(),
});
type Channel = z.output<typeof channel>;

/** Programs whose name contains `search`, at most 100, each with the statuses of its channel. */
export async function listPrograms(
  search: string | null,
  session: MarketoSession,
): Promise<{ kind: 'campaigns'; campaigns: Campaign[] } | StoppedReply> {
  const wanted = search?.trim().toLowerCase() ?? '';
  const found: Program[] = [];
  const read = await readPages(session, '/rest/asset/v1/programs.json', program, programsReadMax, (page) => {
    found.push(...page.filter(({ name }) => name.toLowerCase().includes(wanted)));
    return found.length < campaignsMax;
  });
  if (read) return read;
  const channels = await readChannels(session);
  if (channels.kind === 'stopped') return channels;
  return {
    kind: 'campaigns',
    campaigns: found.slice(0, campaignsMax).map((one) => toCampaign(one, channels.byName)),
  };
}

/** One program by its id, which people type from its address; null: there is none, or it is archived and takes no members. */
export async function findProgram(
  id: string,
  session: MarketoSession,
): Promise<{ kind: 'campaign'; campaign: Campaign | null } | StoppedReply> {
  const none = { kind: 'campaign' as const, campaign: null };
  if (!/^\d{1,15}$/.test(id)) return none;
  const reply = await call(session, { method: 'GET', path: `/rest/asset/v1/program/${id}.json` });
  if (reply.kind === 'stopped') return isNotFound(reply.answer) ? none : reply;
  const found = program.safeParse(reply.body.result?.[0]).data;
  if (!found) return none; // where nothing is found `result` is left out
  // Only the folder that a program is as well tells whether it is archived. Source: Marketo "Folders", read 2026-11.
  const folder = await call(session, { method: 'GET', path: `/rest/asset/v1/folder/${id}.json?type=Program` });
  if (folder.kind === 'stopped' && folder.answer.kind !== 'refused') return folder;
  if (folder.kind === 'body' && isArchived.safeParse(folder.body.result?.[0]).success) return none;
  const channels = await readChannels(session);
  if (channels.kind === 'stopped') return channels;
  return { kind: 'campaign', campaign: toCampaign(found, channels.byName) };
}

const isArchived = z.object({ isArchive: z.literal(true) });

const isNotFound = (answer: Stopped) =>
  answer.kind === 'refused' && ['CAMPAIGN_NOT_FOUND', 'REMOTE_RECORD_GONE'].includes(answer.error.category);

interface StoppedReply {
  kind: 'stopped';
  answer: Stopped;
}

async function readChannels(
  session: MarketoSession,
): Promise<{ kind: 'channels'; byName: Map<string, Channel> } | StoppedReply> {
  const byName = new Map<string, Channel>();
  const read = await readPages(session, '/rest/asset/v1/channels.json', channel, programsReadMax, (page) => {
    for (const one of page) byName.set(one.name, one);
    return true;
  });
  return read ?? { kind: 'channels', byName };
}

/** Null: all that was wanted was read. */
async function readPages<Asset>(
  session: MarketoSession,
  path: string,
  shape: z.ZodType<Asset>,
  max: number,
  take: (page: Asset[]) => boolean,
): Promise<StoppedReply | null> {
  for (let offset = 0; offset < max; offset += pageSize) {
    const reply = await call(session, { method: 'GET', path: `${path}?offset=${offset}&maxReturn=${pageSize}` });
    if (reply.kind === 'stopped') return isNotFound(reply.answer) ? null : reply;
    const page = z.array(shape).safeParse(reply.body.result ?? []);
    if (!page.success) return { kind: 'stopped', answer: notAssets };
    if (!take(page.data) || page.data.length < pageSize) return null;
  }
  return null;
}

const notAssets: Stopped = {
  kind: 'unavailable',
  error: syncError('VENDOR_UNAVAILABLE', 'Marketo answered a search for programs with something else.'),
  whole: false,
  retryAfterMs: null,
};

/** Statuses that can be set, in the order of the channel. The first of each channel, at step 0, means "no member". */
function toCampaign({ id, name, type, channel: channelName }: Program, channels: Map<string, Channel>): Campaign {
  const statuses = channels.get(channelName ?? '')?.progressionStatuses ?? [];
  const usable = statuses.filter((status) => status.hidden !== true && status.name !== 'Not in Program');
  usable.sort((one, other) => (one.step ?? 0) - (other.step ?? 0));
  return { id, name, type: type ?? null, memberStatuses: usable.map((status) => status.name) };
}

import { z } from 'zod';
import type { Refusal } from './fields.ts';
import type { LeadStore } from './lead-store.ts';
import { Refused } from './refused.ts';

export interface MarketoProgram {
  id: number;
  name: string;
  channel: string;
  /** It takes no members any more. */
  isArchived?: boolean;
}

export interface MarketoChannel {
  name: string;
  /** In order: a status never moves to one with a lower step. */
  statuses: { name: string; step: number }[];
}

export const standardChannels: MarketoChannel[] = [
  {
    name: 'Tradeshow',
    statuses: [
      { name: 'Not in Program', step: 0 },
      { name: 'Invited', step: 10 },
      { name: 'Visited Booth', step: 20 },
      { name: 'Influenced', step: 30 },
    ],
  },
];

interface MemberResult {
  seq: number;
  status: 'created' | 'updated' | 'skipped' | 'deleted';
  leadId?: number;
  reasons?: Refusal[];
}

const statusRequest = z.object({
  statusName: z.string(),
  input: z
    .array(z.object({ leadId: z.number() }))
    .min(1)
    .max(300),
});
const deleteRequest = statusRequest.omit({ statusName: true });

/** Programs and who is in them, with which status. */
export class Programs {
  programs: MarketoProgram[];
  readonly channels: MarketoChannel[];
  readonly #members = new Map<number, Map<number, string>>();

  constructor(programs: MarketoProgram[], channels: MarketoChannel[]) {
    this.programs = programs;
    this.channels = channels;
  }

  /** Adds a program, or puts it in the place of the one with its id. */
  put(program: MarketoProgram): void {
    this.programs = [...this.programs.filter(({ id }) => id !== program.id), program];
  }

  /** The program is deleted, with its memberships. */
  delete(programId: number): void {
    this.programs = this.programs.filter(({ id }) => id !== programId);
    this.#members.delete(programId);
  }

  /** Lead id to status. */
  membersOf(programId: number): ReadonlyMap<number, string> {
    return this.#members.get(programId) ?? new Map();
  }

  /** Adds members or moves their status, never backwards: that is 1037. */
  setStatus(
    programId: number,
    body: unknown,
    leads: LeadStore,
    faultOf: (email: string) => Refusal | null,
  ): MemberResult[] {
    const request = statusRequest.safeParse(body).data;
    if (!request) throw new Refused('1003', 'Invalid data');
    const channel = this.#channelOf(programId);
    // That archived programs refuse members is documented, the code is not.
    if (this.programs.find(({ id }) => id === programId)?.isArchived) {
      throw new Refused('709', `Program '${programId}' is archived`);
    }
    const stepOf = (name: string) => channel.statuses.find((status) => status.name === name)?.step;
    const step = stepOf(request.statusName);
    if (step === undefined) throw new Refused('1025', `Program status '${request.statusName}' not found`);
    const members = this.#members.get(programId) ?? new Map<number, string>();
    this.#members.set(programId, members);
    return request.input.map(({ leadId }, seq) => {
      const lead = leads.find(leadId);
      if (!lead) return skipped(seq, '1004', `Lead '${leadId}' not found`);
      const fault = faultOf(String(lead.fields.email ?? ''));
      if (fault) return skipped(seq, fault.code, fault.message, leadId);
      const current = members.get(leadId);
      if (current !== undefined && (stepOf(current) ?? 0) >= step) {
        return skipped(seq, '1037', `Lead is already in or past the status '${request.statusName}'`, leadId);
      }
      members.set(leadId, request.statusName);
      return { seq, status: current === undefined ? 'created' : 'updated', leadId };
    });
  }

  remove(programId: number, body: unknown): MemberResult[] {
    const request = deleteRequest.safeParse(body).data;
    if (!request) throw new Refused('1003', 'Invalid data');
    this.#channelOf(programId);
    const members = this.#members.get(programId);
    return request.input.map(({ leadId }, seq) =>
      members?.delete(leadId)
        ? { seq, status: 'deleted', leadId }
        : skipped(seq, '1037', 'Lead not in program', leadId),
    );
  }

  #channelOf(programId: number): MarketoChannel {
    const program = this.programs.find(({ id }) => id === programId);
    const channel = this.channels.find(({ name }) => name === program?.channel);
    if (!channel) throw new Refused('1013', `Program '${programId}' not found`);
    return channel;
  }
}

const skipped = (seq: number, code: string, message: string, leadId?: number): MemberResult => ({
  seq,
  status: 'skipped',
  ...(leadId !== undefined && { leadId }),
  reasons: [{ code, message }],
});

import type { ItemView } from '../../db/statements/item-views.ts';
import type { LeadWithEvent } from '../../db/statements/leads.ts';
import { statusOf } from '../../domain/gate.ts';
import { groupOf } from '../../domain/lifecycle.ts';

/** What a line of the export is made of. */
export interface ExportedItem {
  item: ItemView;
  lead: LeadWithEvent;
  lastTryAt: Date | null;
  /** At the account of now. */
  remoteId: string | null;
  /** As the API gives it. */
  publicId: string;
}

interface Column {
  name: string;
  cell(exported: ExportedItem): string | number | null;
}

const instant = (at: Date | null): string | null => at?.toISOString() ?? null;

/** In the order of the file. Those of the lead are named as `sluice import` knows them, so that an export can be imported. */
export const columns: readonly Column[] = [
  { name: 'First Name', cell: ({ lead }) => lead.firstName },
  { name: 'Last Name', cell: ({ lead }) => lead.lastName },
  { name: 'E-Mail', cell: ({ lead }) => lead.email },
  { name: 'Company', cell: ({ lead }) => lead.company },
  { name: 'Job Title', cell: ({ lead }) => lead.jobTitle },
  { name: 'Phone', cell: ({ lead }) => lead.phone },
  { name: 'Event', cell: ({ lead }) => lead.eventName },
  { name: 'Group', cell: ({ item }) => groupOf(item.state) },
  { name: 'Status', cell: ({ item }) => statusOf(item, item.gate) },
  { name: 'Category', cell: ({ item }) => item.error?.category ?? null },
  { name: 'Message', cell: ({ item }) => item.error?.message ?? null },
  { name: 'Vendor Code', cell: ({ item }) => item.error?.vendorCode ?? null },
  { name: 'Vendor Message', cell: ({ item }) => item.error?.vendorMessage ?? null },
  { name: 'Remote Field', cell: ({ item }) => item.error?.remoteField ?? null },
  { name: 'Refused Value', cell: ({ item }) => (item.state === 'FAILED' ? item.failedValue : null) },
  { name: 'Attempts', cell: ({ item }) => item.attempts },
  { name: 'Last Try At', cell: ({ item, lastTryAt }) => instant(lastTryAt ?? item.failedAt ?? item.clearedAt) },
  {
    name: 'Next Attempt At',
    cell: ({ item }) => instant(item.state === 'PENDING' && item.dueLater ? item.dueAt : null),
  },
  { name: 'Cleared At', cell: ({ item }) => instant(item.clearedAt) },
  { name: 'Remote ID', cell: ({ remoteId }) => remoteId },
  { name: 'External ID', cell: ({ lead }) => lead.externalId },
  { name: 'Captured At', cell: ({ lead }) => instant(lead.capturedAt) },
  { name: 'Item ID', cell: ({ publicId }) => publicId },
  {
    name: 'Qualifiers',
    cell: ({ lead }) => pairs(lead.qualifiers.map(({ name, values }) => [name, values.join('; ')])),
  },
  { name: 'Attributes', cell: ({ lead }) => pairs(lead.attributes.map(({ name, value }) => [name, value])) },
];

export const cellsOf = (exported: ExportedItem): (string | number | null)[] =>
  columns.map(({ cell }) => cell(exported));

/** For people to read: a line of the cell for each. */
function pairs(named: readonly (readonly [name: string, value: string])[]): string | null {
  return named.length === 0 ? null : named.map(([name, value]) => `${name}: ${value}`).join('\n');
}

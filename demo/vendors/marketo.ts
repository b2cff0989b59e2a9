import { type MarketoField, standardFields } from '../../simulators/marketo/fields.ts';
import { startMarketo } from '../../simulators/marketo/start-marketo.ts';
import type { Fields } from '../api.ts';
import { callsPerDay, type DemoVendor, latencyMs } from './demo-vendor.ts';

const mappings: Fields[] = [
  { source: 'email', remoteField: 'email' },
  { source: 'firstName', remoteField: 'firstName' },
  { source: 'lastName', remoteField: 'lastName' },
  { source: 'company', remoteField: 'company' },
  { source: 'jobTitle', remoteField: 'title' },
  { source: 'phone', remoteField: 'phone', writeBehavior: 'WRITE_IF_BLANK' },
  { source: 'attribute:Industry', remoteField: 'industry' },
  { source: 'attribute:Country', remoteField: 'country' },
  { source: 'attribute:Notes', remoteField: 'sluiceNotes' },
  {
    source: 'qualifier:Lead Type',
    remoteField: 'leadRating',
    values: [
      { value: 'Hot', remoteValue: 'A - Hot' },
      { value: 'Warm', remoteValue: 'B - Warm' },
      { value: 'Cold', remoteValue: 'C - Cold' },
      { value: 'Disqualified', remoteValue: 'D - Disqualified' },
    ],
  },
  { source: 'qualifier:Products', remoteField: 'sluiceInterest' },
];

const fields: MarketoField[] = [
  ...standardFields.map((field) => ({ ...field, ...(field.name === 'company' && { length: 100 }) })),
  picklist('industry', 'Industry', ['Software', 'Manufacturing', 'Healthcare', 'Finance', 'Education', 'Retail']),
  picklist('leadRating', 'Rating', ['A - Hot', 'B - Warm', 'C - Cold', 'D - Disqualified']),
];

function picklist(name: string, displayName: string, allowedValues: string[]): MarketoField {
  return { name, displayName, dataType: 'string', length: 255, updateable: true, allowedValues };
}

export const marketo: DemoVendor = {
  vendor: 'MARKETO',
  name: 'Marketo',
  async start({ port, secret }) {
    const clientId = 'sluice-demo';
    const simulator = await startMarketo({
      port,
      clientId,
      clientSecret: secret,
      fields,
      latencyMs,
      dailyMax: callsPerDay,
      programs: [
        { id: 1_001, name: 'Harbor Expo', channel: 'Tradeshow' },
        { id: 1_002, name: 'Spring Summit', channel: 'Tradeshow' },
      ],
    });
    return {
      url: simulator.url,
      urls: null,
      credentials: { marketo: { baseUrl: simulator.url, clientId, clientSecret: secret } },
      mappings,
      // Too many calls; a lead that Marketo has twice.
      troubles: [
        () => simulator.fault({ kind: 'response', code: '606', path: '/rest/v1/leads.json' }),
        () => simulator.fault({ kind: 'record', code: '1007' }),
      ],
      close: simulator.close,
    };
  },
};

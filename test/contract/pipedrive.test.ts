import { pipedrive } from '../../src/sync/connectors/pipedrive/pipedrive.ts';
import { connectorSuite } from './connector-suite.ts';
import { pipedriveStand } from './pipedrive-stand.ts';

connectorSuite({
  connector: pipedrive,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  fields: { email: 'emails', firstName: 'first_name' },
  start: () => pipedriveStand(),
});

import { zoho } from '../../src/sync/connectors/zoho/zoho.ts';
import { connectorSuite } from './connector-suite.ts';
import { standOf } from './zoho-stand.ts';

connectorSuite({
  connector: zoho,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  fields: { email: 'Email', firstName: 'First_Name' },
  required: { Last_Name: 'Lovelace' },
  start: () => standOf(),
});

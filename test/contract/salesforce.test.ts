import { salesforce } from '../../src/sync/connectors/salesforce/salesforce.ts';
import { connectorSuite } from './connector-suite.ts';
import { required, salesforceStand } from './salesforce-stand.ts';

connectorSuite({
  connector: salesforce,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  fields: { email: 'Email', firstName: 'FirstName' },
  required,
  start: salesforceStand,
});

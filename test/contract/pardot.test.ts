import { pardot } from '../../src/sync/connectors/pardot/pardot.ts';
import { connectorSuite } from './connector-suite.ts';
import { pardotStand } from './pardot-stand.ts';

connectorSuite({
  connector: pardot,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  start: pardotStand,
});

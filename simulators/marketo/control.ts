import type { FaultList } from '../faults.ts';
import { type ControlAnswer, jsonOf, type Received, unknownControl } from '../server.ts';
import type { CallLog } from './call-log.ts';
import type { LeadStore } from './lead-store.ts';
import { type MarketoFault, marketoFault, type SignInChange, signInChange } from './marketo-faults.ts';

interface Controlled {
  leads: LeadStore;
  log: CallLog;
  faults: FaultList<MarketoFault>;
  change(change: SignInChange): void;
}

/** Faults on demand and a look inside, for demos and for tests in another process. */
export function answerControl({ method, path, body }: Received, marketo: Controlled): ControlAnswer {
  const { leads, log, faults } = marketo;
  switch (`${method} ${path}`) {
    case 'GET /__leads':
      return { status: 200, body: leads.all() };
    case 'GET /__calls':
      return { status: 200, body: { inFlightMax: log.inFlightMax, calls: log.list() } };
    case 'DELETE /__faults':
      faults.clear();
      return { status: 200, body: {} };
    case 'POST /__faults': {
      const asked = jsonOf(body);
      const change = signInChange.safeParse(asked);
      const fault = marketoFault.safeParse(asked);
      if (change.success) marketo.change(change.data);
      else if (fault.success) faults.add(fault.data);
      else return { status: 400, body: { error: fault.error.issues } };
      return { status: 200, body: {} };
    }
    default:
      return unknownControl;
  }
}

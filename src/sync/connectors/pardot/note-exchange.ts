import type { PushRecord } from '../connector.ts';
import { type ApiCall, wordsOf, wordsOfStop } from '../rest/call.ts';
import type { PardotSession, Reply } from './api.ts';

/** Tells the record's history of one request. `payload`: what was sent of the record; null: nothing but the address. */
export function noteExchange(
  { itemId }: PushRecord,
  { method, path }: ApiCall,
  payload: unknown,
  reply: Reply,
  session: PardotSession,
): void {
  const exchange = { request: `${method} ${path.split('?')[0]}`, payload };
  if (reply.kind === 'stopped') {
    if (reply.answer.kind === 'unsent') return;
    session.exchanged(itemId, { ...exchange, status: reply.status, answer: wordsOfStop(reply.answer) });
    return;
  }
  const { response, fault } = reply;
  const said = fault
    ? { code: fault.code, message: wordsOf(session, fault.message) }
    : (response.body ?? wordsOf(session, response.text));
  session.exchanged(itemId, { ...exchange, status: response.status, answer: said });
}

import { z } from 'zod';
import type { ApiResponse } from '../rest/call.ts';

/** A code with Account Engagement's words for it. */
export interface PardotFault {
  code: string;
  message: string;
}

const code = z.union([z.number(), z.string().regex(/^\d+$/)]).transform(String);
/** A prospect has an id, and a refusal none. */
const told = z.object({ code, message: z.string().nullish().catch(null), id: z.undefined().optional() });
/** Of versions 3 and 4. */
const oldTold = z.object({ '@attributes': z.object({ err_code: code }), err: z.string().nullish().catch(null) });

/** The refusal that an answer carries, whatever its status; null: none with a code. */
export function faultOf({ body, text, headers }: ApiResponse): PardotFault | null {
  const inJson = told.safeParse(body).data;
  if (inJson) return { code: inJson.code, message: inJson.message ?? '' };
  const old = oldTold.safeParse(body).data;
  if (old) return { code: old['@attributes'].err_code, message: old.err ?? '' };
  if (!isXml({ text, headers })) return null;
  const [, inXml, words = ''] = /<err\b[^>]*?\bcode="(\d+)"[^>]*>([^<]*)/.exec(text) ?? [];
  return inXml === undefined ? null : { code: inXml, message: words };
}

/** Some refusals of tokens come as XML, from a door that is before every version of the API. */
export const isXml = ({ text, headers }: Pick<ApiResponse, 'text' | 'headers'>): boolean =>
  /\bxml\b/i.test(headers['content-type'] ?? '') || /^\s*<(\?xml|rsp)\b/.test(text);

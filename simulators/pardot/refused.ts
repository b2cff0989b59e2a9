import type { ApiAnswer } from '../api.ts';

// Account Engagement documents three statuses: 400, 404 for an id that is missing or in the recycle bin, 405. The code in the body decides.
const statuses: Record<string, number> = {
  3: 404,
  46: 403,
  49: 403,
  92: 404,
  109: 404,
  132: 404,
  183: 500,
  184: 401,
  192: 404,
  201: 403,
};

const words: Record<string, string> = {
  4: 'Invalid prospect email address',
  9: 'A prospect with the specified email address already exists',
  13: 'One or more required parameters are missing',
  38: 'Invalid campaign ID',
  46: 'This API user lacks sufficient permissions for the requested operation',
  49: 'Access Denied',
  54: 'Email address is already in use',
  55: 'Invalid list ID',
  58: 'That prospect is already a member of that list. Update the membership instead.',
  66: 'You have exceeded your concurrent request limit. Please wait, before trying again',
  71: 'Input needs to be valid JSON or XML',
  109: 'The requested record was not found.',
  122: 'Daily API rate limit met',
  132: 'Prospect is archived',
  180: 'One or more of the specified fields are invalid',
  181: 'A required header is missing',
  183: 'An internal error occurred, please try your request again',
  184: 'access_token is invalid, unknown, or malformed',
  198: 'Endpoint not found',
  201: 'Business Unit specified in Pardot-Business-Unit-Id header not found or inactive.',
  219: "Deleted records can't be updated. Please undelete before updating.",
  224: 'Invalid fields for request type',
};

/** A refusal in Account Engagement's own terms. */
export function refused(code: string, more?: string): ApiAnswer {
  const message = more ? `${words[code] ?? 'Refused'}: ${more}` : (words[code] ?? 'Refused');
  return { status: statuses[code] ?? 400, body: { code: Number(code), message } };
}

/** With exactly these words. */
export const refusedInWords = (code: string, message: string): ApiAnswer => ({
  status: statuses[code] ?? 400,
  body: { code: /^\d+$/.test(code) ? Number(code) : code, message },
});

/** As older versions of the API say it, and the door before all of them may too. */
export const refusedInXml = (code: string, status: number): ApiAnswer => ({
  status,
  text: `<?xml version="1.0" encoding="UTF-8"?>\n<rsp stat="fail" version="1.0"><err code="${code}">${words[code] ?? 'Login failed'}</err></rsp>`,
  headers: { 'content-type': 'text/xml; charset=utf-8' },
});

import type { ApiAnswer } from '../api.ts';
import type { Problem } from './org.ts';

/** An error of a whole call: an array, with `errorCode`. */
export const refused = (status: number, { code, message, fields, duplicateResult }: Problem): ApiAnswer => ({
  status,
  body: [
    {
      message,
      errorCode: code,
      ...(fields && fields.length > 0 && { fields }),
      ...(duplicateResult !== undefined && { duplicateResult }),
    },
  ],
});

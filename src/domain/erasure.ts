import type { SyncErrorData } from './error-categories.ts';

/** What an error says instead of its message once the person is erased. */
export const wordsOfErased = 'The words of this error were removed when the person was erased.';

/** An error without the words that may quote a value of the person; the category, the vendor's code and the field stay. */
export const withoutWords = (error: SyncErrorData): SyncErrorData => ({
  ...error,
  message: wordsOfErased,
  vendorMessage: null,
});

import { z } from 'zod';
import { printable } from '../cli-error.ts';

const refusalSchema = z.object({
  message: z.string().optional(),
  requiredRole: z.string().optional(),
  fieldErrors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** What a member of a result union other than the success says, as a sentence; unknown members by their name. */
export function refusalOf(result: { __typename: string }): string {
  const { message, requiredRole, fieldErrors } = refusalSchema.safeParse(result).data ?? {};
  if (result.__typename === 'ForbiddenError')
    return `the API key's role does not allow it, it needs ${requiredRole ?? 'another'}.`;
  const [first] = fieldErrors ?? [];
  return printable(
    first ? `${first.path}: ${first.message}` : (message ?? `the server answered ${result.__typename}.`),
  );
}

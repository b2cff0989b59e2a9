import { randomUUID } from 'node:crypto';

/** What HubSpot answers where it refuses a call. */
export const errorOf = (category: string, message: string) => ({
  status: 'error',
  message,
  correlationId: randomUUID(),
  category,
});

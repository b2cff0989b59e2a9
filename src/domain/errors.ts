import type { HoldReason } from './gate.ts';
import type { Role } from './roles.ts';

/** An expected refusal: it reaches the caller as data. Anything else that is thrown is a bug, masked and logged. */
export abstract class DomainError extends Error {
  /** Listed in docs/errors.md. */
  abstract readonly code: string;
}

export class NotFoundError extends DomainError {
  readonly code = 'NOT_FOUND';
  /** @param thing the noun, e.g. "integration" */
  constructor(thing: string) {
    super(`There is no such ${thing} in this organization.`);
  }
}

export class ForbiddenError extends DomainError {
  readonly code = 'FORBIDDEN';
  readonly requiredRole: Role;
  constructor(requiredRole: Role) {
    super(`This needs the role ${requiredRole}. Ask an administrator for a key that has it.`);
    this.requiredRole = requiredRole;
  }
}

export class ConfirmationRequiredError extends DomainError {
  readonly code = 'CONFIRMATION_REQUIRED';
  readonly affectedLeads: number;
  constructor(message: string, affectedLeads: number) {
    super(message);
    this.affectedLeads = affectedLeads;
  }
}

export class StaleVersionError extends DomainError {
  readonly code = 'STALE_VERSION';
  readonly currentVersion: number;
  constructor(thing: string, expected: number, currentVersion: number) {
    super(
      `The ${thing} is at ${currentVersion}, not at ${expected}: somebody changed it meanwhile. Read it again, then decide.`,
    );
    this.currentVersion = currentVersion;
  }
}

export class IntegrationHeldError extends DomainError {
  readonly code = 'INTEGRATION_HELD';
  readonly holds: HoldReason[];
  constructor(holds: HoldReason[]) {
    super(`Leads can't be pushed now: ${holds.join(', ')}.`);
    this.holds = holds;
  }
}

export interface FieldProblem {
  /** E.g. leads.3.email */
  path: string;
  message: string;
}

export class ValidationError extends DomainError {
  readonly code = 'VALIDATION';
  readonly fieldErrors: FieldProblem[];
  constructor(fieldErrors: FieldProblem[]) {
    const [first] = fieldErrors;
    const more = fieldErrors.length > 1 ? ` (and ${fieldErrors.length - 1} more)` : '';
    super(first ? `${first.path}: ${first.message}${more}` : 'The input is not valid.');
    this.fieldErrors = fieldErrors;
  }
}

export class VendorUnavailableError extends DomainError {
  readonly code = 'VENDOR_UNAVAILABLE';
}

/** A message did not get to where it should go. */
export class DeliveryFailedError extends DomainError {
  readonly code = 'DELIVERY_FAILED';
}

export class AccountInUseError extends DomainError {
  readonly code = 'ACCOUNT_IN_USE';
  readonly integrationId: string;
  constructor(integrationId: string, name: string) {
    super(
      `The integration "${name}" is connected to this account already. Disconnect it first, or connect another account.`,
    );
    this.integrationId = integrationId;
  }
}

/** The stream's position is not in the log any more: refetch, then subscribe from the new cursor. */
export class CursorExpiredError extends DomainError {
  readonly code = 'CURSOR_EXPIRED';
  /** The oldest position that can be resumed from. */
  readonly oldest: string;
  constructor(oldest: string) {
    super('The log does not reach back to this cursor. Read reconciliation again and subscribe after its cursor.');
    this.oldest = oldest;
  }
}

/** The subscriber fell too far behind: resume after `cursor`. */
export class SlowConsumerError extends DomainError {
  readonly code = 'SLOW_CONSUMER';
  readonly cursor: string;
  constructor(cursor: string) {
    super('This subscriber does not keep up. Subscribe again after the last cursor it saw.');
    this.cursor = cursor;
  }
}

/** A malformed argument outside of a mutation's input: a cursor, a page size. */
export class BadInputError extends DomainError {
  readonly code = 'BAD_USER_INPUT';
}

/** The key is unknown, revoked, or missing. */
export class UnauthenticatedError extends DomainError {
  readonly code = 'UNAUTHENTICATED';
}

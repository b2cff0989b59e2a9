export * from './authorizations.ts';
export * from './integrations.ts';
export * from './leads.ts';
export * from './operations.ts';
export * from './organizations.ts';
export * from './push-attempts.ts';
export * from './sync-items.ts';
export * from './verification-findings.ts';

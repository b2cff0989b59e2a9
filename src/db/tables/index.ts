export * from './integrations.ts';
export * from './leads.ts';
export * from './organizations.ts';
export * from './sync-items.ts';

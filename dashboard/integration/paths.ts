/** Where an integration is in the dashboard. */
export const pathOf = (id: string, tab = 'reconciliation', search = ''): string =>
  `/integrations/${encodeURIComponent(id)}/${tab}${search && `?${search}`}`;

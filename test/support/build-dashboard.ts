import { buildDashboard } from '../../scripts/build-dashboard.ts';

/** The tests are about the dashboard as its sources are now. */
export default async function setup(): Promise<void> {
  await buildDashboard();
}

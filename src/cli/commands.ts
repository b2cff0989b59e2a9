import type { Command } from 'commander';
import { registerExport } from './export/export-command.ts';
import { registerImport } from './import/import-command.ts';
import { registerKeys } from './keys.ts';
import { registerMigrate } from './migrate.ts';
import { registerOrganizations } from './organizations.ts';
import { registerRotateKey } from './rotate-key.ts';
import { registerVerify } from './verify/verify-command.ts';

/** Every command of the tool, in the order in which the help lists them: adding one is a line here. */
export const commands: readonly ((program: Command) => void)[] = [
  registerOrganizations,
  registerKeys,
  registerMigrate,
  registerRotateKey,
  registerImport,
  registerExport,
  registerVerify,
];

#!/usr/bin/env node
// Plain JavaScript that Node 20 can read: the tool itself is TypeScript, which Node runs as it is only from 24 on.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const majorNeeded = 24;

if (Number.parseInt(process.versions.node, 10) >= majorNeeded) {
  await import('../src/cli/main.ts');
} else {
  const newer = findInstalledNode();
  if (newer) {
    runWith(newer);
  } else {
    process.stderr.write(
      `sluice: this needs Node.js ${majorNeeded} or later, and this is ${process.version}. ` +
        'Run `npm install` in the project, which brings the right one along, or install it.\n',
    );
    process.exitCode = 1;
  }
}

/** The binary of the `node` package, which is a dependency so that the machine's own version does not matter. */
function findInstalledNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    const binary = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node);
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`sluice: ${node} could not be started (${error.code ?? error.name}).\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (!signal) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

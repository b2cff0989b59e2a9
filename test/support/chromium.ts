import chromiumPack from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

// As root, without a display, and without a request of its own to anybody.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser of CHROMIUM_PATH, else the one that came with npm, which runs on Linux. */
export async function startChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH || (await chromiumPack.executablePath());
  return chromium.launch({ executablePath, args });
}

import chromiumPack from '@sparticuz/chromium';
import { type Browser, type BrowserServer, chromium } from 'playwright-core';

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
const options = async () => ({
  executablePath: process.env.CHROMIUM_PATH || (await chromiumPack.executablePath()),
  args,
});

export const startChromium = async (): Promise<Browser> => chromium.launch(await options());

/** For several processes that connect to it. */
export const startChromiumServer = async (): Promise<BrowserServer> => chromium.launchServer(await options());

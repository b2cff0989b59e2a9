import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { englishOnly } from './vite/english-only.ts';

/** `vite dashboard` serves the sources, with the API of a Sluice that runs at port 4000. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), englishOnly()],
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // a data: address is nothing that the Content-Security-Policy would let a font have
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000, // what counts is the first load, which a test measures
  },
  server: {
    proxy: { '/graphql': { target: 'http://127.0.0.1:4000', ws: true }, '/help': 'http://127.0.0.1:4000' },
  },
});

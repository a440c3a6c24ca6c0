import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compress } from './compress';

export default defineConfig({
  plugins: [react(), compress()],
  resolve: {
    // The SDK from its source: no build step between an edit there and a look here.
    conditions: ['source', 'module', 'browser', 'development|production'],
  },
  build: {
    target: 'es2023',
    // The Content-Security-Policy forbids data: scripts and inline anything.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  worker: { format: 'es' },
  server: {
    // `conclave up` beside it serves the API.
    proxy: { '/v1': 'http://127.0.0.1:8080', '/auth': 'http://127.0.0.1:8080' },
  },
});

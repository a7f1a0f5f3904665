import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { splitEngine } from './scripts/split/split-engine.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // React Flow and the editor place things by style attributes and sheets of their own.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  // The second diagram of a comparison.
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Only in the build: the dev server puts scripts of its own into the page. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

const { forPage, forWorker } = splitEngine();

export default defineConfig({
  // Relative, so that the build runs under any path.
  base: './',
  plugins: [react(), contentSecurityPolicy(), forPage],
  worker: { format: 'es', plugins: () => [forWorker] },
  build: {
    // scripts/sizes.mjs reads from the manifest what a page loads.
    manifest: true,
    // A font or a script inside a data: address is what the policy above refuses.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: [page('index.html'), page('embed.html'), page('compare.html')],
    },
  },
  // An embed in a sandboxed frame has the origin `null`, and module scripts are fetched with CORS.
  preview: { cors: { origin: '*' } },
  test: {
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}'],
    // Never a verdict on speed: a busy machine must not fail a test.
    testTimeout: 300_000,
    coverage: { provider: 'v8', include: ['src/**/*.{ts,tsx}'], reportsDirectory: 'coverage' },
  },
});

function page(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

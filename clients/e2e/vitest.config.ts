// Browser tests: they mostly wait, so two browsers at a time do on a small machine. A browser that had to wait too long for
// a busy machine gets a second try, and is listed as having needed it.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { dir: import.meta.dirname, include: ['**/*.e2e.ts'], maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000, retry: 1 },
});

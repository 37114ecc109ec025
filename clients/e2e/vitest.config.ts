// Browser tests: they mostly wait, so two browsers at a time do on a small machine.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { dir: import.meta.dirname, include: ['**/*.e2e.ts'], maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 },
});

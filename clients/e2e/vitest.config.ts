// Browser tests: one browser at a time on a small machine.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { dir: import.meta.dirname, include: ['**/*.e2e.ts'], fileParallelism: false, testTimeout: 30_000, hookTimeout: 60_000 },
});

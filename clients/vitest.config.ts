import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['{link,widget,console}/**/*.test.{ts,tsx}'], testTimeout: 10_000 },
});

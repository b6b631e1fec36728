import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // ONNX Runtime takes both cores by itself: test files run two at a time, each in its own process.
    pool: 'forks',
    maxWorkers: 2,
  },
});

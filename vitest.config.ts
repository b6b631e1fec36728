import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Two test files run at a time. With two threads each, four would spin on two cores: a third of the suite's processor time.
    env: { LEAKSCOPE_THREADS: '1' },
  },
});

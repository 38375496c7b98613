import { defineConfig } from 'vitest/config';

/** Tests against real peers and servers; `.ci/run` installs those first. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    maxConcurrency: 8,
  },
});

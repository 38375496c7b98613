import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests wait for processes and servers: on two cores, one worker would leave half of them idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
  },
});

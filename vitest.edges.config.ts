import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

const rooms = ['actors', 'breaker', 'dead-letters', 'engine', 'faults', 'health', 'supervision']

/** The tests that start actors, with a report of the edges of the statecharts that none of them took. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: rooms.map((room) => `test/${room}/**/*.test.ts`),
      setupFiles: ['test/support/edge-setup.ts'],
      globalSetup: ['test/support/edge-report.ts'],
    },
  }),
)

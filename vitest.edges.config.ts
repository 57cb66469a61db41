import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

const rooms = ['actors', 'breaker', 'dead-letters', 'engine', 'faults', 'health', 'supervision']

/** Set where all tests are to be watched, so that one run is both the test and the report. */
const everywhere = process.env.OUTCRY_EDGES === 'all'

/** The tests that start actors, with a report of the edges of the statecharts that none of them took. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: everywhere ? ['test/**/*.test.ts'] : rooms.map((room) => `test/${room}/**/*.test.ts`),
      setupFiles: ['test/support/edge-setup.ts'],
      globalSetup: ['test/support/edge-report.ts'],
    },
  }),
)

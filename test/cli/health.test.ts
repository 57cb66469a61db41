import { describe, expect, it } from 'vitest'
import { HealthLog } from '../../src/cli/health-log.js'
import type { HealthCode, HealthReport, HealthSeverity } from '../../src/health/report.js'
import { outcry } from './fakes.js'

/** A report of reasons written as `code severity`. */
const report = (...reasons: string[]): HealthReport => ({
  status: reasons.length === 0 ? 'healthy' : 'degraded',
  reasons: reasons.map((text) => {
    const [code, severity] = text.split(' ')
    const message = `${severity} words.`
    return { code: code as HealthCode, severity: severity as HealthSeverity, message, since: 0, value: 1, threshold: 1 }
  }),
})

describe('what a run remembers of its health', () => {
  it('is nothing while it is healthy', () => {
    const log = new HealthLog()
    log.add(report())
    expect(log.list()).toEqual([])
  })

  it('is each reason once, at its worst, with how often it came and whether it stayed', () => {
    const log = new HealthLog()
    log.add(report('memory degraded'))
    log.add(report('memory degraded', 'error-rate degraded'))
    log.add(report('error-rate critical'))
    log.add(report('error-rate degraded'))
    log.add(report('memory degraded', 'error-rate degraded'))
    log.add(report('error-rate degraded'))
    expect(log.list()).toEqual([
      { code: 'error-rate', severity: 'critical', message: 'critical words.', times: 1, lasting: true },
      { code: 'memory', severity: 'degraded', message: 'degraded words.', times: 2, lasting: false },
    ])
  })
})

describe('outcry run: health', () => {
  it('is a line each reason in the summary, and no word of a run that was healthy', async () => {
    const { out } = await outcry(['run'], {
      behaviour: {
        finished: (emit) => {
          emit('health', report('queue-depth degraded'))
          emit('health', report('queue-depth degraded', 'sink-failing critical'))
          emit('health', report('sink-failing critical'))
          return Promise.resolve()
        },
      },
    })
    expect(out).toContain(
      '  health\n' +
        '  critical  sink-failing: critical words. (to the end)\n' +
        '  degraded  queue-depth: degraded words. (once)\n',
    )
    expect((await outcry(['run'])).out).not.toContain('health')
  })

  it('leaves the JSON as it is', async () => {
    const { out } = await outcry(['run', '--json'], {
      behaviour: {
        finished: (emit) => {
          emit('health', report('memory critical'))
          return Promise.resolve()
        },
      },
    })
    expect(Object.keys(JSON.parse(out))).not.toContain('health')
  })
})

import type { Environment, LoopDelay, Timer } from '../environment/environment.js'
import { HealthJudge } from './judge.js'
import type { HealthSettings } from './options.js'
import type { HealthReading } from './reading.js'
import type { HealthReport } from './report.js'

/** All that the machine of the health is told: how many reasons there are of each severity, once they have changed. */
export interface HealthFact {
  readonly type: 'health.judged'
  readonly degraded: number
  readonly critical: number
}

/** The data plane of the health, as its machine's effects see it. */
export interface HealthPort {
  /** Begins to look; returns what ends it. */
  attach(send: (fact: HealthFact) => void): () => void
  /** The reasons have changed, and the machine has taken it in. */
  announce(): void
  /** Its actor was told what its state has no answer to. */
  unanswered(actor: string, event: string): void
}

/** What the machine itself says of its condition. */
export interface MachineReading {
  /** Milliseconds; 0 where time is virtual. */
  readonly loopDelayMs: number
  /** Share of the heap's limit; 0 where it is not known. */
  readonly heapShare: number
}

export interface HealthMonitorPorts {
  readonly environment: Environment
  readonly settings: HealthSettings
  /** One look at the engine. */
  readonly read: (machine: MachineReading) => HealthReading
  readonly onChange: (report: HealthReport) => void
  readonly onFault: (error: unknown) => void
  readonly onUnexpected: (actor: string, event: string) => void
}

/**
 * Looks at an engine once an interval of the machine's clock and has it judged. Nothing is done per
 * event, and the actor hears of it only when a reason came or went.
 */
export class HealthMonitor implements HealthPort {
  private readonly judge: HealthJudge
  private timer: Timer | undefined
  private loop: LoopDelay | undefined
  private send: ((fact: HealthFact) => void) | undefined

  constructor(private readonly ports: HealthMonitorPorts) {
    this.judge = new HealthJudge(ports.settings)
  }

  /** As of the last look. */
  get report(): HealthReport {
    return this.judge.report
  }

  attach(send: (fact: HealthFact) => void): () => void {
    this.close()
    this.send = send
    this.guarded(() => {
      this.loop = this.ports.environment.eventLoopDelay?.()
      this.judge.begin(this.read())
    })
    this.arm()
    return () => {
      if (this.send === send) this.close()
    }
  }

  announce(): void {
    this.ports.onChange(this.report)
  }

  unanswered(actor: string, event: string): void {
    this.ports.onUnexpected(actor, event)
  }

  /** No more looks; the last report stays readable. */
  close(): void {
    this.send = undefined
    this.ports.environment.unwatch(this.timer)
    this.timer = undefined
    this.loop?.close()
    this.loop = undefined
  }

  private arm(): void {
    this.timer = this.ports.environment.watch(() => {
      // Armed first: what a reading throws must not be the last look.
      this.arm()
      this.guarded(() => this.look())
    }, this.ports.settings.intervalMs)
  }

  private look(): void {
    if (!this.judge.judge(this.read())) return
    const { reasons } = this.report
    const critical = reasons.filter(({ severity }) => severity === 'critical').length
    this.send?.({ type: 'health.judged', degraded: reasons.length - critical, critical })
  }

  private read(): HealthReading {
    const memory = this.ports.environment.memory?.()
    return this.ports.read({
      loopDelayMs: this.loop?.read() ?? 0,
      heapShare: memory === undefined || memory.limitBytes <= 0 ? 0 : memory.usedBytes / memory.limitBytes,
    })
  }

  private guarded(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.ports.onFault(error)
    }
  }
}

import { type Journal, type JournalBatch, MemoryJournal } from 'outcry'
import type { Chance } from './chance.js'
import { InjectedFault, type Trouble } from './trouble.js'

/** What a disk needs of its world. */
export interface DiskWorld {
  readonly trouble: Trouble
  readonly chance: Chance
  /** Waits on the world's clock, on the world's own account. */
  readonly later: (ms: number, then: () => void) => void
}

/** How long a sync takes where nothing is wrong, at most. Virtual milliseconds. */
const SYNC_MS = 2

/**
 * A journal in memory as one process has it open. What it wrote outlives the process; what it wrote
 * and did not sync may not outlive a loss of power.
 */
class DiskJournal extends MemoryJournal {
  override readonly name = 'simulated'
  dead = false
  /** The batch that is being written, until it is known how that ended. */
  private flying: { readonly batch: JournalBatch; readonly sync: boolean } | undefined

  constructor(private readonly disk: Disk) {
    super()
  }

  override async append(batch: JournalBatch, sync: boolean): Promise<void> {
    const { trouble, chance, later } = this.disk.world
    const fault = trouble.append()
    this.flying = { batch, sync }
    const ms = (sync ? chance.between(0, SYNC_MS) : 0) + (fault?.mode === 'slow' ? fault.ms : 0)
    if (ms > 0) await new Promise<void>((resolve) => later(ms, resolve))
    // Whoever was killed meanwhile hears no more of it.
    if (this.dead) await new Promise<void>(() => {})
    this.flying = undefined
    if (fault?.mode === 'full' || fault?.mode === 'fail') {
      // It may have been kept all the same.
      if (fault.mode === 'fail' && chance.once(0.5)) await this.write(batch, false)
      throw new InjectedFault(fault.mode === 'full' ? 'the disk is full' : 'the append failed')
    }
    await this.write(batch, sync)
  }

  /** What was being written when the process was killed has reached the disk as a whole or not at all. */
  async cut(): Promise<void> {
    this.dead = true
    const { flying } = this
    this.flying = undefined
    if (flying !== undefined && this.disk.world.chance.once(0.5)) await this.write(flying.batch, flying.sync)
  }

  private async write(batch: JournalBatch, sync: boolean): Promise<void> {
    await super.append(batch, sync)
    await this.disk.wrote(batch, sync)
  }
}

/** What outlives the processes of a world: a journal, of which the synced part survives a loss of power. */
export class Disk {
  private synced = new MemoryJournal()
  private unsynced: JournalBatch[] = []
  private journal: DiskJournal | undefined
  /** Sequences of events that a loss of power would leave. */
  readonly durable = new Set<number>()
  private opened = false

  constructor(readonly world: DiskWorld) {}

  /** The journal for another process; an earlier one that still has it has lost it. */
  async take(): Promise<Journal> {
    await this.journal?.cut()
    await this.sync()
    this.journal = this.copy()
    return this.journal
  }

  /** The process is killed and the power goes: what was not synced is gone. */
  async crash(): Promise<void> {
    await this.journal?.cut()
    this.journal = undefined
    this.unsynced = []
  }

  async wrote(batch: JournalBatch, sync: boolean): Promise<void> {
    this.unsynced.push(batch)
    if (sync) await this.sync()
  }

  private async sync(): Promise<void> {
    const { unsynced } = this
    this.unsynced = []
    if (!this.opened) {
      this.opened = true
      await this.synced.open({ version: '0', configuration: '', startedAt: 0 })
    }
    for (const batch of unsynced) {
      await this.synced.append(batch, true)
      for (const { sequence } of batch.events ?? []) this.durable.add(sequence)
      for (const { from, to } of batch.removed ?? [])
        for (let sequence = from; sequence <= to; sequence++) this.durable.delete(sequence)
    }
  }

  private copy(): DiskJournal {
    const copy = new DiskJournal(this)
    copy.takeOver(this.synced)
    return copy
  }
}

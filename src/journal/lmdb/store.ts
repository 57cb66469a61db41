import type { OutcryEvent } from '../../events/event.js'
import { type BlockHead, blocksOf, mayMatch } from '../blocks.js'
import { decodeEvents } from '../encode.js'
import type { JournalCheck, JournalQuery } from '../journal.js'
import type { SequenceRange } from '../ranges.js'
import type { JournalBatch, RunManifest } from '../records.js'
import { seal, sealJson, unseal, unsealJson } from '../seal.js'
import { dispatchesOf } from '../stored.js'
import { merged } from './merge.js'
import type { Tables } from './tables.js'

/** Blocks that one transaction of the maintenance deals with, so that no append waits long for it. */
export const MAINTAINED_AT_ONCE = 256
/** Blocks read at a time: what lies between two reads may be forgotten meanwhile. */
export const READ_AT_ONCE = 16
const MAX_PROBLEMS = 100

const NOTHING = Buffer.alloc(0)

/** Blocks of events and their heads, as they lie in the tables. Puts belong to the caller's transaction. */
export class BlockStore {
  /** The last block whose size was looked at by the merging of small ones. */
  #mergedUpTo = 0

  constructor(
    readonly tables: Tables,
    private readonly name: string,
  ) {}

  verify(runs: readonly RunManifest[]): JournalCheck {
    const problems: string[] = []
    const note = (problem: string): void => void (problems.length < MAX_PROBLEMS && problems.push(problem))
    let events = 0
    let blocks = 0
    let dispatches = 0
    let last = 0
    for (const { key, value } of this.tables.heads.getRange()) {
      try {
        const head = unsealJson(value, `${this.name}: the head of block ${key}`) as BlockHead
        const found = this.eventsOf(head)
        blocks += 1
        events += found?.length ?? 0
        if (found?.length !== head.count) note(`block ${key} has ${found?.length ?? 'no'} events of ${head.count}`)
        if (head.first <= last) note(`block ${key} begins before the last one ended, at ${last}`)
        last = head.last
      } catch (error) {
        note((error as Error).message)
      }
    }
    for (const { key, value } of this.tables.dispatches.getRange()) {
      try {
        dispatches += dispatchesOf(unsealJson(value, `${this.name}: dispatch records ${key.join('.')}`)).length
      } catch (error) {
        note((error as Error).message)
      }
    }
    for (const { key } of this.tables.quarantine.getRange()) note(`set aside by an earlier run: ${key}`)
    return { events, dispatches, blocks, problems, runs }
  }

  putHead(head: BlockHead): void {
    void this.tables.heads.put(head.first, sealJson(head))
    for (const type of head.types) void this.tables.byType.put([type, head.first], NOTHING)
  }

  remove(head: BlockHead): void {
    void this.tables.blocks.remove(head.first)
    void this.tables.heads.remove(head.first)
    for (const type of head.types) void this.tables.byType.remove([type, head.first])
  }

  /** Heads that may have an answer, in order. By type it looks at no other block's. */
  async *heads(query: JournalQuery): AsyncGenerator<BlockHead> {
    if (query.types !== undefined) {
      yield* this.#headsByType(query, query.types)
      return
    }
    let start = this.blockOf(query.from ?? 0)
    for (;;) {
      const page = [...this.tables.heads.getRange({ start, limit: READ_AT_ONCE })]
      for (const { key, value } of page) {
        const head = unsealJson(value, `${this.name}: the head of block ${key}`) as BlockHead
        if (head.first > (query.to ?? Number.POSITIVE_INFINITY)) return
        if (mayMatch(head, query)) yield head
      }
      const last = page.at(-1)
      if (last === undefined) return
      start = last.key + 1
    }
  }

  async *#headsByType(query: JournalQuery, types: readonly string[]): AsyncGenerator<BlockHead> {
    const from = this.blockOf(query.from ?? 0)
    const to = query.to ?? Number.POSITIVE_INFINITY
    const firsts = new Set<number>()
    const { byType } = this.tables
    for (const type of types) {
      const end = [type, Math.min(to, Number.MAX_SAFE_INTEGER)]
      for (const [, first] of byType.getKeys({ start: [type, from], end, inclusiveEnd: true }))
        firsts.add(Number(first))
    }
    for (const first of [...firsts].sort((a, b) => a - b)) {
      const value = this.tables.heads.get(first)
      if (value === undefined) continue
      const head = unsealJson(value, `${this.name}: the head of block ${first}`) as BlockHead
      if (mayMatch(head, query)) yield head
    }
  }

  /** The first sequence of the block in which `sequence` lies, if it lies in one. */
  blockOf(sequence: number): number {
    for (const key of this.tables.heads.getKeys({ start: sequence, reverse: true, limit: 1 })) return key
    return sequence
  }

  eventsOf({ first }: BlockHead): OutcryEvent[] | undefined {
    const stored = this.tables.blocks.get(first)
    return stored === undefined ? undefined : decodeEvents(unseal(stored, `${this.name}: block ${first}`).toString())
  }

  /** @throws {OutcryError} OUTCRY_JOURNAL_CORRUPT for a block that does not have its checksum. What has it can be decoded. */
  check({ first }: BlockHead): void {
    const stored = this.tables.blocks.get(first)
    if (stored !== undefined) unseal(stored, `${this.name}: block ${first}`)
  }

  /** Heads of the blocks in which these ranges lie, as they are stored, each once and in order. */
  *storedHeads(ranges: readonly SequenceRange[]): Generator<{ readonly key: number; readonly value: Buffer }> {
    let seen = Number.NEGATIVE_INFINITY
    for (const { from, to } of ranges) {
      const start = Math.max(this.blockOf(from), seen + 1)
      for (const entry of this.tables.heads.getRange({ start, end: to, inclusiveEnd: true })) {
        seen = entry.key
        yield entry
      }
    }
  }

  /** Takes out what an append that failed may have left behind. */
  cutOut(first: number | undefined, removed: JournalBatch['removed']): void {
    const isGone = (sequence: number): boolean =>
      (first !== undefined && sequence >= first) ||
      removed?.some(({ from, to }) => sequence >= from && sequence <= to) === true
    const lowest = Math.min(first ?? Number.POSITIVE_INFINITY, ...(removed ?? []).map(({ from }) => from))
    for (const { value } of [...this.tables.heads.getRange({ start: this.blockOf(lowest) })]) {
      const head = unsealJson(value, `${this.name}: a head`) as BlockHead
      const kept = (this.eventsOf(head) ?? []).filter(({ sequence }) => !isGone(sequence))
      if (kept.length === head.count) continue
      this.remove(head)
      for (const block of blocksOf(kept)) {
        void this.tables.blocks.put(block.head.first, seal(block.text))
        this.putHead(block.head)
      }
    }
  }

  oldDispatches(firstSequence: number): { readonly key: unknown; readonly bytes: number }[] {
    const old: { readonly key: unknown; readonly bytes: number }[] = []
    for (const { key, value } of this.tables.dispatches.getRange({ limit: MAINTAINED_AT_ONCE })) {
      const entries = dispatchesOf(unsealJson(value, `${this.name}: dispatch records ${key.join('.')}`))
      if (entries.some(({ sequences }) => sequences.some((sequence) => sequence >= firstSequence))) break
      old.push({ key, bytes: value.length })
    }
    return old
  }

  /** Few events at a time make small blocks; those that are settled are joined, without being decoded. */
  async mergeSmall(settledUpTo: number): Promise<void> {
    for (;;) {
      const heads: BlockHead[] = []
      for (const { value } of this.tables.heads.getRange({ start: this.#mergedUpTo + 1, limit: MAINTAINED_AT_ONCE })) {
        const head = unsealJson(value, `${this.name}: a head`) as BlockHead
        if (head.last > settledUpTo) break
        heads.push(head)
      }
      // The last may still grow by those that follow.
      if (heads.length < MAINTAINED_AT_ONCE) return
      const groups = merged(heads)
      await this.tables.root.batch(() => {
        for (const { head, parts } of groups) {
          if (parts.length === 1) continue
          const text = parts
            .map(({ first }) =>
              unseal(this.tables.blocks.get(first) ?? NOTHING, `${this.name}: block ${first}`).toString(),
            )
            .join(',')
          for (const part of parts) this.remove(part)
          void this.tables.blocks.put(head.first, seal(text))
          this.putHead(head)
        }
      })
      this.#mergedUpTo = groups.at(-1)?.head.first ?? this.#mergedUpTo
    }
  }
}

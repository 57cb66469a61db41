import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LedgerBook } from '../../src/metrics/book.js'
import { imbalances } from '../../src/metrics/imbalances.js'

/** Every count that a book takes. */
const counts: readonly ((book: LedgerBook, count: number) => void)[] = [
  (book, n) => book.events.invalid(n),
  (book, n) => book.events.duplicate(n),
  (book, n) => book.events.refused(n),
  (book, n) => book.events.accepted(n),
  (book, n) => book.events.late(n),
  (book, n) => book.events.leased(n),
  (book, n) => book.events.returned(n),
  (book, n) => book.events.settled(n),
  (book, n) => book.events.conflated(n),
  (book, n) => book.events.expired(n),
  (book, n) => book.events.evicted(n),
  (book, n) => book.events.abandonedQueued(n),
  (book, n) => book.events.abandonedInFlight(n),
  (book, n) => book.deliveries.due(n),
  (book, n) => book.deliveries.succeeded(n),
  (book, n) => book.deliveries.deadLettered(n),
  (book, n) => book.deliveries.skipped(n),
  (book, n) => book.deliveries.abandoned(n),
  (book, n) => book.deadLetters.entered(n),
  (book, n) => book.deadLetters.redriven(n),
  (book, n) => book.deadLetters.discarded(n),
  (book, n) => book.deadLetters.evicted(n),
]

describe('LedgerBook', () => {
  it('follows events to their fates', () => {
    const book = new LedgerBook()
    book.events.accepted(10)
    book.events.late()
    book.events.duplicate()
    book.events.invalid()
    book.events.refused()
    book.events.leased(6)
    book.events.settled(4)
    book.events.evicted()
    expect(book.snapshot().events).toEqual({
      published: 13,
      invalid: 1,
      duplicate: 1,
      refused: 1,
      accepted: 10,
      settled: 4,
      conflated: 0,
      expired: 0,
      evicted: 1,
      abandoned: 0,
      queued: 3,
      inFlight: 2,
      late: 1,
    })
  })

  it('keeps every equation exact whatever is counted in whatever order', () => {
    const step = fc.tuple(fc.nat(counts.length - 1), fc.nat(300))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const book = new LedgerBook()
        for (const [which, count] of steps) counts[which]?.(book, count)
        // A random order may take out more than there was: the sums hold all the same, and what
        // fell below nothing is named.
        for (const sentence of imbalances(book.snapshot())) expect(sentence).toMatch(/is -\d+: not a count$/)
      }),
    )
  })

  it('gives a snapshot that later counting does not change', () => {
    const book = new LedgerBook()
    const before = book.snapshot()
    for (const count of counts) count(book, 5)
    expect(before.events.published + before.deliveries.due + before.deadLetters.entered).toBe(0)
  })

  it("takes a store's own ledger of dead letters", () => {
    const own = { entered: 3, held: 1, redriven: 1, discarded: 1, evicted: 0 }
    const snapshot = new LedgerBook().snapshot(own)
    own.held = 0
    expect(snapshot.deadLetters).toEqual({ entered: 3, held: 1, redriven: 1, discarded: 1, evicted: 0 })
  })
})

describe('imbalances', () => {
  it('is empty for a ledger that balances', () => {
    expect(imbalances(new LedgerBook().snapshot())).toEqual([])
  })

  it('names each equation that fails, with its numbers', () => {
    const book = new LedgerBook()
    book.events.accepted(3)
    book.events.figures.queued = 2
    book.deliveries.due(2)
    book.deliveries.figures.succeeded = 1
    expect(imbalances(book.snapshot())).toEqual([
      'events.accepted 3 ≠ 2 = settled 0 + conflated 0 + expired 0 + evicted 0 + abandoned 0 + queued 2 + inFlight 0',
      'deliveries.due 2 ≠ 3 = succeeded 1 + deadLettered 0 + skipped 0 + abandoned 0 + inFlight 2',
    ])
  })

  it('notices each single figure that is off by one', () => {
    const figuresOf = (book: LedgerBook): Record<string, number>[] =>
      [book.events.figures, book.deliveries.figures, book.deadLetters.figures] as unknown as Record<string, number>[]
    for (const [which, figures] of figuresOf(new LedgerBook()).entries()) {
      for (const name of Object.keys(figures)) {
        const book = new LedgerBook()
        // Enough of everything that no count below takes out more than there is.
        book.events.accepted(100)
        book.events.leased(50)
        book.deliveries.due(100)
        book.deadLetters.entered(100)
        for (const count of counts) count(book, 5)
        expect(imbalances(book.snapshot())).toEqual([])
        const off = figuresOf(book)[which] ?? {}
        off[name] = (off[name] ?? 0) + 1
        // Lateness is a property beside the fates, and in no sum.
        expect([name, imbalances(book.snapshot()).length > 0]).toEqual([name, name !== 'late'])
      }
    }
  })

  it('names a figure that is not a count', () => {
    const book = new LedgerBook()
    book.events.figures.late = Number.NaN
    expect(imbalances(book.snapshot())).toEqual(['events.late is NaN: not a count'])
  })
})

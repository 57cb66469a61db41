import type { Oracle, Subject } from '../subject.js'

/** No oracle but a witness: at the end of an engine it counts which interesting places were reached. */
export function tally({ plane, marks, strategies }: Subject): Oracle {
  let calls = 0
  const states = new Map<string, string>()
  let held = 0
  return {
    admitted({ receipt, reserved, depthBefore, draft }) {
      if (receipt.status === 'accepted') {
        if (reserved) marks.sometimes('signal-published')
        if (reserved && depthBefore >= plane.options.queue.capacity) marks.sometimes('headroom-used')
      } else if (receipt.status === 'refused') {
        if (reserved || draft.type === 'signal') marks.sometimes('signal-refused')
        else if (receipt.reason === 'full') marks.sometimes('queue-full')
      }
    },
    called({ events }) {
      calls += events.length
    },
    returned({ events }, ok) {
      if (!ok && events.length > 1) marks.sometimes('chunk-bisected')
    },
    leased(_chunk, _leasable, most) {
      if (most < plane.options.chunk.maxEvents) marks.sometimes('chunk-shrunk')
    },
    dispatched(record) {
      for (const { late, failed } of record.outcomes) {
        if (late) marks.sometimes('laggard-detached')
        if (failed > 0) marks.sometimes('event-poison')
      }
    },
    outcome(_chunk, { late }) {
      if (late) marks.sometimes('laggard-detached')
    },
    entered(entries) {
      for (const { reason, strategy, attempts, event } of entries) {
        if (strategy === undefined) marks.sometimes('overflow-dead-lettered')
        else if (reason === 'refused') marks.sometimes('backlog-refused')
        else if (reason === 'timeout') marks.sometimes('handler-timed-out')
        if ((attempts ?? 0) > 1 && event !== undefined) marks.sometimes('event-retried')
      }
    },
    step() {
      for (const { name, state } of plane.stage.breakers) {
        if (!name.startsWith('sink:')) continue
        if (state === 'closed' && states.get(name) === 'halfOpen') marks.sometimes('sink-breaker-recovered')
        states.set(name, state)
      }
      for (const work of plane.dispatcher.open) if (work.held) held += 1
      for (const { name } of strategies) {
        const state = plane.stage.breaker(name)?.state
        const before = states.get(name)
        if (state === undefined || state === before) continue
        states.set(name, state)
        if (state === 'open') marks.sometimes('breaker-opened')
        if (state === 'halfOpen') marks.sometimes('breaker-half-open')
        if (state === 'closed' && before === 'halfOpen') marks.sometimes('breaker-recovered')
      }
    },
    ended() {
      const { book, waiters, workers, options, outboxes } = plane
      for (const { figures } of [book.events, book.derived]) {
        marks.sometimes('event-evicted', figures.evicted)
        marks.sometimes('event-refused', figures.refused)
        marks.sometimes('event-duplicate', figures.duplicate)
        marks.sometimes('event-invalid', figures.invalid)
        marks.sometimes('event-abandoned', figures.abandoned)
      }
      const { counters } = waiters
      marks.sometimes('publisher-waited', counters.admitted)
      marks.sometimes('publisher-timed-out', counters.timedOut)
      marks.sometimes('publisher-released-by-stop', counters.released)
      marks.sometimes('publisher-turned-away', counters.turnedAway)
      marks.sometimes('dead-letter-evicted', book.deadLetters.figures.evicted)
      marks.sometimes('dead-letter-redriven', book.deadLetters.figures.redriven)
      marks.sometimes('dead-letter-discarded', book.deadLetters.figures.discarded)
      marks.sometimes('signal-withheld', plane.strategyPublishing.withheld)
      marks.sometimes('delivery-skipped', book.deliveries.figures.skipped)
      marks.sometimes('chunk-held', held)
      let handled = 0
      for (const { name, counts: first } of strategies) {
        const counts = plane.runtimeOf(name)?.counts ?? first
        handled += counts.delivered + counts.failed
        marks.sometimes('late-answer-dropped', counts.lateAnswers)
      }
      if (calls > handled) marks.sometimes('event-retried')
      marks.sometimes('workers-grew', workers.peak - options.workers.min)
      marks.sometimes('workers-retired', workers.retired)
      for (const { counts } of outboxes) marks.sometimes('sink-gave-up', counts.failed)
      for (const { name, counts } of plane.stage.breakers) {
        if (!name.startsWith('sink:')) continue
        marks.sometimes('sink-breaker-opened', counts.opened)
        marks.sometimes('sink-rejected', counts.rejected)
      }
    },
  }
}

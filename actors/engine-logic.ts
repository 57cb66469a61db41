import { engineMachine } from '../machines/engine.js'
import type { EnginePort } from './engine-port.js'
import { feedsLogic } from './feeds.js'
import { healthLogic } from './health.js'
import { journalLogic, recoveryLogic } from './journal.js'
import { breakersLogic, deadLettersPart } from './shelves.js'
import { withShortMove } from './short-move.js'
import { sinksLogic } from './sinks.js'
import { strategiesLogic } from './strategies.js'
import { supervisorLogic } from './supervisor.js'

const portOf = (context: { readonly plane: unknown }): EnginePort => context.plane as EnginePort

const joined = engineMachine.provide({
  actors: {
    journal: journalLogic,
    recovery: recoveryLogic,
    deadLetters: deadLettersPart,
    breakers: breakersLogic,
    strategies: strategiesLogic,
    sinks: sinksLogic,
    supervisor: supervisorLogic,
    health: healthLogic,
    feeds: feedsLogic,
  },
  actions: {
    unexpected: ({ context, event, self }) => portOf(context).plane.unanswered(self.id, event.type),
    attach: ({ context, self }) => portOf(context).attach((event) => self.send(event), self),
    open: ({ context }) => portOf(context).open(),
    hold: ({ context }) => portOf(context).hold(),
    letGo: ({ context }) => portOf(context).letGo(),
    release: ({ context }) => portOf(context).plane.release(),
    beginDrain: ({ context }) => portOf(context).beginDrain(),
    giveUp: ({ context }) => portOf(context).giveUp(),
    watchStart: ({ context }) => portOf(context).watch('start'),
    watchDrain: ({ context }) => portOf(context).watch('drain'),
    watchClean: ({ context }) => portOf(context).watch('clean'),
    unwatch: ({ context }) => portOf(context).unwatch(),
    announceEnd: ({ context }) => portOf(context).ended(),
  },
})

/**
 * The engine as an actor, for hosts that build with XState themselves: its input is what
 * `prepareEngine` made of the options, and its output says why it failed, if it did.
 *
 * @example
 * ```ts
 * const input = prepareEngine({ strategies: [earningsBeat] })
 * // in the host's machine
 * spawnChild(engineLogic, { id: 'engine', input })
 * ```
 */
export const engineLogic = withShortMove(joined, ['running', 'flowing'], 'queue.high')
// A publisher that is never outrun makes both moves in each turn of the event loop.
withShortMove(engineLogic, ['running', 'throttled'], 'queue.low')

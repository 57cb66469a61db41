import type { JournalNotice } from '../machines/journal.js'
import { journalMachine } from '../machines/journal.js'
import type { RecoveryNotice } from '../machines/recovery.js'
import { recoveryMachine } from '../machines/recovery.js'
import { connectionLogic } from './connection.js'

/** The effects of both parts, as the data plane offers them. */
export interface JournalPlane {
  unanswered(actor: string, event: string): void
  open(tell: (notice: JournalNotice) => void): void
  close(tell: (notice: JournalNotice) => void): void
  recover(tell: (notice: RecoveryNotice) => void): void
  cancelRecovery(): void
}

const planeOf = (context: { readonly plane: unknown }): JournalPlane => context.plane as JournalPlane

export const journalLogic = journalMachine.provide({
  actors: { connection: connectionLogic },
  actions: {
    unexpected: ({ context, event, self }) => planeOf(context).unanswered(self.id, event.type),
    open: ({ context, self }) => planeOf(context).open((notice) => self.send(notice)),
    close: ({ context, self }) => planeOf(context).close((notice) => self.send(notice)),
  },
})

export const recoveryLogic = recoveryMachine.provide({
  actions: {
    unexpected: ({ context, event, self }) => planeOf(context).unanswered(self.id, event.type),
    recover: ({ context, self }) => planeOf(context).recover((notice) => self.send(notice)),
    cancel: ({ context }) => planeOf(context).cancelRecovery(),
  },
})

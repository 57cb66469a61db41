import { useRef, useState } from 'preact/hooks'
import type { Overview } from '../protocol.js'
import { ActionButton, mayAct, NOT_ALLOWED, perform } from './actions.js'

/** Pause, resume and the kill switch, which asks for its reason first. */
export function EngineControls({ overview }: { readonly overview: Overview }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  const [symbol, setSymbol] = useState('')
  const paused = overview.state.endsWith('paused')
  const halted = overview.halts.some((halt) => halt.symbol === undefined)
  const halt = (): void => {
    dialog.current?.close()
    const words = reason.trim() === '' ? 'by hand, from the inspector' : reason.trim()
    const which = symbol.trim() === '' ? {} : { symbol: symbol.trim() }
    void perform({ action: 'engine.halt', reason: words, ...which }, 'Halted')
  }
  return (
    <div class="controls">
      {paused ? (
        <ActionButton label="Resume" action={{ action: 'engine.resume' }} done="Resumed" />
      ) : (
        <ActionButton
          label="Pause"
          action={{ action: 'engine.pause' }}
          done="Paused"
          title="Deliveries stop; publishing goes on"
        />
      )}
      {halted ? (
        <ActionButton label="Reset" action={{ action: 'engine.reset' }} done="The halt is over" />
      ) : (
        <button
          type="button"
          class="button danger"
          disabled={!mayAct()}
          title={mayAct() ? 'The kill switch: nothing is delivered, no signal goes out' : NOT_ALLOWED}
          onClick={() => dialog.current?.showModal()}
        >
          Halt
        </button>
      )}
      <dialog ref={dialog} class="dialog" aria-labelledby="halt-title">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            halt()
          }}
        >
          <h2 id="halt-title">Halt</h2>
          <p>
            Nothing is delivered and no signal leaves until the halt is reset. Events are still accepted, up to the
            queue's bound.
          </p>
          <label>
            Symbol <small>empty for the whole engine</small>
            <input value={symbol} maxLength={64} onInput={(event) => setSymbol(event.currentTarget.value)} />
          </label>
          <label>
            Reason
            <input value={reason} maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          <footer>
            <button type="button" class="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit" class="button danger solid">
              Halt
            </button>
          </footer>
        </form>
      </dialog>
    </div>
  )
}

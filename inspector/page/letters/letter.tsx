import { useEffect, useState } from 'preact/hooks'
import type { DeadLetterRow, DeadLetterView, EventView } from '../../protocol.js'
import { ActionButton } from '../actions.js'
import { ask } from '../api.js'
import { count, moment } from '../format.js'
import { select, show } from '../route.js'
import { Facts } from '../statechart/detail.js'
import { useWorld } from '../store.js'
import { Json } from '../widgets/json.js'
import { Empty, Panel } from '../widgets/panel.js'

interface LetterPanelProps {
  readonly row: DeadLetterRow | undefined
  onGone(): void
}

function useLetter(id: string | undefined): DeadLetterView | undefined {
  const [letter, setLetter] = useState<DeadLetterView>()
  useEffect(() => {
    if (id === undefined) return
    let wanted = true
    ask<DeadLetterView>('dead-letter', { id })
      .then((answer) => {
        if (wanted) setLetter(answer)
      })
      // It may have been redriven or evicted meanwhile; the row says what is known of it.
      .catch(() => {})
    return () => {
      wanted = false
    }
  }, [id])
  return letter?.id === id ? letter : undefined
}

export function LetterPanel({ row, onGone }: LetterPanelProps) {
  const letter = useLetter(row?.id)
  const world = useWorld()
  if (row === undefined) {
    return (
      <Panel title="Letter" class="letter">
        <Empty>Choose a letter to read it.</Empty>
      </Panel>
    )
  }
  const { id, reason, strategy, error, attempts, at, event } = row
  const path = [...(world?.actors.values() ?? [])].find(
    (actor) => actor.row.kind === 'strategy' && actor.row.name === strategy,
  )?.row.path
  return (
    <Panel title={strategy ?? 'No strategy'} class="letter" aside={<span class="note">{id}</span>}>
      <div class="reason bad">
        <b>{reason}</b>
        <span>{error === '' ? 'no error was given' : error}</span>
      </div>
      {letter !== undefined && letter.stack.length > 0 && <pre class="stack">{letter.stack.join('\n')}</pre>}
      <Facts
        facts={[
          ['at', moment(at)],
          ['attempts', count(attempts)],
          ['came back', letter === undefined ? undefined : count(letter.returns)],
          ['code', letter?.code],
          ['holds', letter === undefined ? undefined : `${count(letter.bytes)} bytes`],
        ]}
      />
      <div class="buttons">
        <ActionButton
          label="Redrive"
          action={{ action: 'deadLetters.redrive', filter: { id } }}
          done="Redriven"
          title="Deliver it again, to the strategy that failed on it and to no other"
          disabled={strategy === undefined}
          onDone={onGone}
        />
        <ActionButton
          label="Discard"
          danger
          action={{ action: 'deadLetters.discard', filter: { id } }}
          done="Discarded"
          onDone={onGone}
        />
        {path !== undefined && (
          <button
            type="button"
            class="button"
            onClick={() => {
              select(path)
              show('statechart')
            }}
          >
            Its strategy
          </button>
        )}
      </div>
      {event === undefined ? <Empty>The input was no event.</Empty> : <EventPanel event={event} />}
    </Panel>
  )
}

export function EventPanel({ event }: { readonly event: EventView }) {
  const { payload, ...envelope } = event
  return (
    <div class="event">
      <h3>
        {event.type} <small>{event.symbols.length > 0 ? event.symbols.join(', ') : event.symbol}</small>
      </h3>
      <Json value={Object.fromEntries(Object.entries(envelope).filter(([, value]) => value !== undefined))} />
      {payload !== undefined && (
        <>
          <h3>payload</h3>
          <Json value={typeof payload === 'object' && payload !== null ? payload : { payload }} />
        </>
      )}
    </div>
  )
}

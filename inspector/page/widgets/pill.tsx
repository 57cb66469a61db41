import type { ComponentChildren } from 'preact'
import type { Tone } from '../tone.js'

interface PillProps {
  readonly tone: Tone
  readonly children: ComponentChildren
  readonly title?: string | undefined
}

/** A state in a word, with its tone as a dot. */
export function Pill({ tone, children, title }: PillProps) {
  return (
    <span class={`pill ${tone}`} title={title}>
      {children}
    </span>
  )
}

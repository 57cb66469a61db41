/** A stream that text goes to. */
export interface Output {
  write(text: string): unknown
  once?(event: 'drain' | 'close', listener: () => void): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** Where the command line speaks: results on `out`, everything else on `err`. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Whether a stream takes colours: only a terminal does, and the user may say no (https://no-color.org). */
export function takesColour(output: Output, env: Terminal['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  return output.isTTY === true && env.TERM !== 'dumb'
}

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

/** Ways to set off a piece of text. */
export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>

/** Painters that paint, or leave the text as it is where colours are not wanted. */
export function paint(colours: boolean): Paint {
  const painter =
    (name: keyof typeof CODES) =>
    (text: string): string =>
      colours && text !== '' ? `\u001b[${CODES[name][0]}m${text}\u001b[${CODES[name][1]}m` : text
  return {
    bold: painter('bold'),
    dim: painter('dim'),
    red: painter('red'),
    green: painter('green'),
    yellow: painter('yellow'),
    cyan: painter('cyan'),
  }
}

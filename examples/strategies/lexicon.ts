/** Words that an editor uses of good news about a company. */
const POSITIVE = `
  accelerate accelerated advance advanced agreement approve approved approval award awarded beat beats benefit
  boost boosted climbed confident expand expanded expansion exceed exceeded favorable gain gained gains gaining grew
  growth growing higher improve improved improvement improving increase increased increases jump jumped jumps
  outperform profit profitable profits raise raised raises rally rallied rebound rebounded record recover recovered
  recovery rise rises rising rose settle settled strong stronger strength succeed success successful surge surged
  turnaround up upgrade upgraded upturn win wins won
`

/** Words that an editor uses of bad news about a company. */
const NEGATIVE = `
  adverse allege alleged bankrupt bankruptcy breach charge charges closed closing closure crash cut cuts damage
  decline declined declines declining decrease decreased default defaulted deficit deficits delay delayed deteriorate
  dispute down downgrade downgraded downturn drop dropped drops fail failed fails failure fall fallen falling falls
  fell fraud halt halted investigation investigating lawsuit layoff layoffs liquidation lose loses losing loss losses
  lost lower negative plunge plunged poor probe problem problems recession reject rejected shortfall shrink shrank
  slashed slide slow slowdown slump slumped strike suffer suffered sue sued suspend suspended terminate terminated
  tumble tumbled unprofitable violation warn warned warning weak weaken weakened weakness worse worst writedown
  writeoff
`

/** A word of tone soon after one of these says the opposite. */
const NEGATORS = new Set(['no', 'not', 'never', 'without', "don't", "didn't", "won't", 'nor', 'less'])
const NEGATION_REACH = 3

const words = (list: string): string[] => list.trim().split(/\s+/)
const TONE = new Map<string, number>([
  ...words(POSITIVE).map((word): [string, number] => [word, 1]),
  ...words(NEGATIVE).map((word): [string, number] => [word, -1]),
])

/** A body is read this far: a story leads with what matters, and the cost of one event stays bounded. */
const READ_CHARACTERS = 4_000

interface Counts {
  positive: number
  negative: number
}

const count = (text: string, weight: number, counts: Counts): void => {
  let sinceNegator = Number.POSITIVE_INFINITY
  for (const [word] of text
    .slice(0, READ_CHARACTERS)
    .toLowerCase()
    .matchAll(/[a-z][a-z'-]*/g)) {
    sinceNegator = NEGATORS.has(word) ? 0 : sinceNegator + 1
    const tone = TONE.get(word)
    if (tone === undefined) continue
    const said = sinceNegator <= NEGATION_REACH ? -tone : tone
    if (said > 0) counts.positive += weight
    else counts.negative += weight
  }
}

/**
 * Tone of a story from -1 to 1, by counting words of tone; a headline's words count twice. The two
 * added below the line pull a story with little evidence towards 0.
 */
export const toneOf = (headline: string, body = ''): number => {
  const counts: Counts = { positive: 0, negative: 0 }
  count(headline, 2, counts)
  count(body, 1, counts)
  return (counts.positive - counts.negative) / (counts.positive + counts.negative + 2)
}

const NAME_CHARACTERS = 64
/** A feed of unknown types must not cost a comparison with thousands each. */
const CANDIDATES = 256

/**
 * Levenshtein's distance row by row (Wagner and Fischer, 1974), in which two neighbours that changed places are one
 * edit, as they are the commonest slip of all (Damerau, 1964).
 */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1)
      if (j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      current.push(least)
    }
    before = previous
    previous = current
  }
  return previous[b.length] ?? 0
}

/**
 * The known name that a mistyped one most likely stands for; undefined where none is near.
 *
 * @param mostEdits characters that may differ; default a third of the name's, as a hint may be wrong
 */
export function nearest(
  name: string,
  known: Iterable<string>,
  mostEdits = Math.max(1, Math.floor(name.length / 3)),
): string | undefined {
  if (name.length > NAME_CHARACTERS) return undefined
  const lower = name.toLowerCase()
  let best: string | undefined
  let bestDistance = mostEdits + 1
  let looked = 0
  for (const candidate of known) {
    looked += 1
    if (looked > CANDIDATES) break
    if (Math.abs(candidate.length - lower.length) >= bestDistance) continue
    const distance = editDistance(lower, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

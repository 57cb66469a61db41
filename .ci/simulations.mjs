// Holds the runs of the simulation to each other: the same seeds, the same digests, whichever process or Node played
// them; no violation, every mark reached, every known bug found.
import { readFileSync } from 'node:fs'

const [firstFile, secondFile, newestFile, mutantsFile] = process.argv.slice(2)
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const problems = []

const first = read(firstFile)
for (const file of [secondFile, newestFile]) {
  for (const [index, { seed, digest, violations }] of read(file).runs.entries()) {
    const other = first.runs[index]
    if (seed !== other?.seed || digest !== other.digest)
      problems.push(`seed ${seed} has the digest ${digest} in ${file}, and ${other?.digest} in ${firstFile}`)
    if (violations.length > 0) problems.push(`seed ${seed}: ${violations[0].message}`)
  }
}
for (const [mark, count] of Object.entries(first.marks)) if (count === 0) problems.push(`${mark} was never reached`)
const { mutants } = read(mutantsFile)
for (const { name, found } of mutants) if (!found) problems.push(`the mutant ${name} was not found`)

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
const most = Math.max(...mutants.map(({ seeds }) => seeds))
console.log(
  `${first.runs.length} seeds twice, one digest each; ${mutants.length} mutants found, in ${most} seeds at most`,
)

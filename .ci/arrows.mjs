/**
 * Holds the arrows of .dependency-cruiser.cjs over every part that exists, and fails when it saw no
 * modules or no imports: a check that looks at nothing would pass for ever.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cruise } from 'dependency-cruiser'

const PARTS = ['src', 'machines', 'actors', 'simulations', 'inspector', 'bench', 'examples']
/** Parts that the product cannot be without. */
const NEEDED = ['src', 'machines', 'actors']

const { options, forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')
const extractTSConfig = (await import('dependency-cruiser/config-utl/extract-ts-config')).default

/** The peers of the benchmarks are installed apart, and without them their imports lead nowhere. */
const peers = existsSync('bench/package.json') ? JSON.parse(readFileSync('bench/package.json', 'utf8')) : {}
const withoutPeers = Object.keys({ ...peers.dependencies, ...peers.devDependencies }).some(
  (name) => !existsSync(`bench/node_modules/${name}`),
)
if (withoutPeers) console.log('arrows: bench is left out, as `npm ci --prefix bench` has not been run')

const parts = PARTS.filter((part) => existsSync(part) && !(part === 'bench' && withoutPeers))
const { output } = await cruise(parts, { ...options, ruleSet: { forbidden }, validate: true }, undefined, {
  tsConfig: extractTSConfig(options.tsConfig.fileName),
})
const { modules, summary } = output

const failures = summary.violations.map(
  ({ rule, from, to }) =>
    `${rule.severity}: ${rule.name}: ${from} → ${to}\n  ${forbidden.find(({ name }) => name === rule.name)?.comment ?? ''}`,
)
const own = modules.filter(({ source }) => PARTS.some((part) => source.startsWith(`${part}/`)))
for (const part of NEEDED) {
  if (!own.some(({ source }) => source.startsWith(`${part}/`))) failures.push(`error: no module was seen in ${part}/`)
}
const imports = own.reduce((sum, { dependencies }) => sum + dependencies.length, 0)
const crossing = own.reduce(
  (sum, { source, dependencies }) =>
    sum +
    dependencies.filter(
      ({ resolved }) => PARTS.includes(resolved.split('/')[0]) && resolved.split('/')[0] !== source.split('/')[0],
    ).length,
  0,
)
if (crossing === 0) failures.push('error: no import from one part to another was seen')

for (const failure of failures) console.error(failure)
console.log(
  `arrows: ${own.length} modules, ${imports} imports, ${crossing} between parts, ${failures.length} violations`,
)
process.exitCode = failures.length === 0 ? 0 : 1

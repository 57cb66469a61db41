#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createEngine, portOf } from '../../actors/engine.js'
import { createSystemEnvironment } from '../environment/system.js'
import { deadLettersCommand } from './dead-letters.js'
import { EXIT_BAD_INPUT, EXIT_FAILED } from './failure.js'
import { inspectCommand } from './inspect.js'
import { Interrupts, type SignalSource } from './interrupts.js'
import { journalCommand } from './journal.js'
import { evaluating, loadDemonstration, loadInspector, loadSimulate } from './modules.js'
import { watchOutput } from './output-errors.js'
import { execute } from './program.js'
import { planRedrive } from './redrive.js'
import { planReplay } from './replay.js'
import { carryOut, type RunPorts, runCommand } from './run.js'
import { watchUncaught } from './uncaught.js'

const { stdout, stderr } = process

let ended = false
const exitCode = watchOutput(stdout, stderr)

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
// Node ends a process that waits for what can never happen, and says nothing of it.
process.on('exit', () => {
  if (ended) return
  const [spec] = evaluating
  const what =
    spec === undefined ? 'something that it waits for' : `--strategy ${spec}: a top-level await of the module`
  stderr.write(`outcry: ${what} never settles\n`)
  process.exitCode = spec === undefined ? EXIT_FAILED : EXIT_BAD_INPUT
})

/** The process, one of whose ends is by a user's wish. */
const signals: SignalSource = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => {
    ended = true
    process.exit(code)
  },
}
const terminal = { out: stdout, err: stderr, env: process.env }

const runPorts = (): RunPorts => ({
  terminal,
  environment: createSystemEnvironment(),
  interrupts: new Interrupts(signals),
  createEngine,
  demonstration: loadDemonstration,
  inspector: loadInspector,
  uncaught: watchUncaught(process),
  crash: (engine, name, error) => portOf(engine).plane.crash(name, error),
  maxRssKiB: () => process.resourceUsage().maxRSS,
})

const code = await execute(process.argv.slice(2), {
  terminal,
  version,
  run: (options) => runCommand(options, runPorts()),
  replay: async (options) => carryOut(await planReplay(options, version), options.run, runPorts()),
  journal: (options) => journalCommand(options, { terminal, environment: createSystemEnvironment(), version }),
  deadLetters: async (options) =>
    options.run === undefined
      ? deadLettersCommand(options, { terminal, environment: createSystemEnvironment(), version })
      : carryOut(await planRedrive(options, options.run), options.run, runPorts()),
  simulate: async (options) => (await loadSimulate())(options, { out: stdout, err: stderr, version }),
  inspect: (options) =>
    inspectCommand(options, { terminal, interrupts: new Interrupts(signals), inspector: loadInspector }),
})

ended = true
// A user's strategy may leave a socket or a promise behind: the run is over all the same. What was
// printed may still be on its way into a pipe.
// A write that failed answers before the stream says so, which is a tick or two later.
stdout.write('', () => process.nextTick(() => process.nextTick(() => process.exit(exitCode(code)))))

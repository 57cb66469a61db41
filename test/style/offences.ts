import ts from 'typescript'

/** A place in a file where the house's style is broken. */
export interface Offence {
  readonly line: number
  readonly what: string
}

/** Members of globals that draw on time, chance or identity. */
const MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'process.hrtime',
  'process.uptime',
  'AbortSignal.timeout',
])

/** Globals that do so by themselves. */
const GLOBALS = new Set([
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'performance',
])

const MODULES = new Set(['timers', 'timers/promises', 'perf_hooks', 'scheduler'])

/** What node:crypto has of chance; its hashes are welcome. */
const CRYPTO_CHANCE = new Set([
  'randomUUID',
  'randomBytes',
  'randomInt',
  'randomFillSync',
  'getRandomValues',
  'webcrypto',
])

const HOSTS = new Set(['globalThis', 'global', 'window'])

function parse(text: string, path = 'file.ts'): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
}

function walk(file: ts.SourceFile, visit: (node: ts.Node, report: (what: string) => void) => void): Offence[] {
  const offences: Offence[] = []
  const step = (node: ts.Node): void => {
    visit(node, (what) => {
      offences.push({ line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, what })
    })
    ts.forEachChild(node, step)
  }
  step(file)
  return offences
}

/** `a.b` and `a['b']` as `a.b`, with a leading `globalThis.` taken off. */
function memberName(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node)) return node.text
  const key = ts.isPropertyAccessExpression(node)
    ? node.name.text
    : ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)
      ? node.argumentExpression.text
      : undefined
  if (key === undefined) return undefined
  const owner = memberName((node as ts.PropertyAccessExpression | ts.ElementAccessExpression).expression)
  if (owner === undefined) return undefined
  return HOSTS.has(owner) ? key : `${owner}.${key}`
}

/** An identifier that is read as a value, not the name of a member, a declaration or a type. */
function isFreeName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  if (ts.isBindingElement(parent)) return parent.initializer === node
  if ((ts.isPropertyAssignment(parent) || ts.isParameter(parent)) && parent.name === node) return false
  if (ts.isVariableDeclaration(parent) && parent.name === node) return false
  return !(
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isTypeReferenceNode(parent) ||
    ts.isQualifiedName(parent) ||
    ts.isTypeQueryNode(parent) ||
    ts.isTypeElement(parent)
  )
}

/** The names that a file declares for itself, such as a parameter called `performance`. */
function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>()
  walk(file, (node) => {
    if (
      (ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node)) &&
      ts.isIdentifier(node.name)
    ) {
      names.add(node.name.text)
    }
    if (ts.isFunctionDeclaration(node) && node.name !== undefined) names.add(node.name.text)
  })
  return names
}

/** Uses of time, chance and identity that go past the Environment port. */
export function bypasses(text: string, path?: string): Offence[] {
  const file = parse(text, path)
  const declared = declaredNames(file)
  return walk(file, (node, report) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const module = node.moduleSpecifier.text.replace(/^node:/, '')
      if (MODULES.has(module)) report(`import of ${module}`)
      const bindings = node.importClause?.namedBindings
      if (module === 'crypto' && bindings !== undefined && ts.isNamedImports(bindings)) {
        for (const { name, propertyName } of bindings.elements) {
          const imported = (propertyName ?? name).text
          if (CRYPTO_CHANCE.has(imported)) report(`import of ${imported} from crypto`)
        }
      }
      return
    }
    if (ts.isNewExpression(node) && memberName(node.expression) === 'Date' && (node.arguments?.length ?? 0) === 0) {
      report('new Date() without arguments')
      return
    }
    if (ts.isCallExpression(node) && memberName(node.expression) === 'Date') {
      report('Date() called as a function')
      return
    }
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const name = memberName(node)
      if (name !== undefined && (MEMBERS.has(name) || (GLOBALS.has(name) && !declared.has(name)))) report(name)
      return
    }
    if (ts.isIdentifier(node) && GLOBALS.has(node.text) && !declared.has(node.text) && isFreeName(node))
      report(node.text)
  })
}

/** Default exports and `export *`: the public face is a list of names. */
export function vagueExports(text: string, path?: string): Offence[] {
  return walk(parse(text, path), (node, report) => {
    if (ts.isExportAssignment(node)) report('default export')
    if (ts.isExportDeclaration(node) && node.exportClause === undefined) report('export *')
    if (ts.canHaveModifiers(node)) {
      const modifiers = ts.getModifiers(node) ?? []
      if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) report('default export')
    }
  })
}

/** What a pure machine must not touch, beside what {@link bypasses} finds. */
export function impurities(text: string): Offence[] {
  const banned = new Set(['console', 'process', 'fetch', 'queueMicrotask', 'require'])
  const file = parse(text)
  const declared = declaredNames(file)
  return walk(file, (node, report) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const module = node.moduleSpecifier.text
      if (/^\.\.\/src\//.test(module)) {
        if (node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword) report(`more than types from ${module}`)
      } else if (!/^(\.\/|xstate$|ts-pattern$)/.test(module)) report(`import of ${module}`)
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) report('dynamic import')
    if (ts.isIdentifier(node) && banned.has(node.text) && !declared.has(node.text) && isFreeName(node))
      report(node.text)
  })
}

/** Exported names whose value is made by `createMachine`. */
export function exportedMachines(text: string): string[] {
  const names: string[] = []
  for (const statement of parse(text).statements) {
    if (!ts.isVariableStatement(statement)) continue
    if (!(ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined && /\bcreateMachine\s*\(/.test(initializer.getText())) names.push(name.getText())
    }
  }
  return names
}

/** Whether a file does nothing: its values are words, such as the names that machines share. */
export function holdsWordsAlone(text: string): boolean {
  const doings = walk(parse(text), (node, report) => {
    if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node)) report('function')
    if (ts.isClassDeclaration(node) || ts.isCallExpression(node) || ts.isNewExpression(node)) report('doing')
  })
  return doings.length === 0
}

/** Escapes from the type system. */
export function escapes(text: string, path?: string): Offence[] {
  const found = walk(parse(text, path), (node, report) => {
    if (ts.isNonNullExpression(node)) report('non-null assertion')
  })
  for (const [index, line] of text.split('\n').entries()) {
    if (/@ts-(ignore|nocheck|expect-error)/.test(line)) found.push({ line: index + 1, what: 'a silenced compiler' })
  }
  return found
}

import { describe, expect, it } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { definitionOf } from '../../inspector/definition.js'
import * as machines from '../../machines/index.js'
import { mermaidOf } from '../support/mermaid.js'
import { statechartSvg } from '../support/statechart-svg.js'

const charts: Readonly<Record<string, AnyStateMachine>> = {
  breaker: machines.breakerMachine,
  connection: machines.connectionMachine,
  'dead-letters': machines.deadLettersMachine,
  engine: machines.engineMachine,
  feed: machines.feedMachine,
  feeds: machines.feedsMachine,
  health: machines.healthMachine,
  replay: machines.replayMachine,
  journal: machines.journalMachine,
  recovery: machines.recoveryMachine,
  shelf: machines.shelfMachine,
  sink: machines.sinkMachine,
  sinks: machines.sinksMachine,
  strategies: machines.strategiesMachine,
  strategy: machines.strategyMachine,
  'strategy-group': machines.strategyGroupMachine,
  supervisor: machines.supervisorMachine,
  tray: machines.trayMachine,
  worker: machines.workerMachine,
}

describe('the diagrams in docs/statecharts', () => {
  // Out of date? `npx vitest run test/docs -u` draws them again from the code.
  it.each(Object.keys(charts))('show the %s machine as it is', async (name) => {
    await expect(mermaidOf(charts[name] as AnyStateMachine)).toMatchFileSnapshot(`../../docs/statecharts/${name}.mmd`)
  })

  it.each(Object.keys(charts))('draw the %s machine as it is', async (name) => {
    const svg = await statechartSvg(definitionOf(charts[name] as AnyStateMachine).machine)
    await expect(svg).toMatchFileSnapshot(`../../docs/statecharts/${name}.svg`)
  })

  it('leave no machine out', () => {
    const drawn = Object.values(charts)
    const all = Object.values(machines).filter(
      (value) => typeof value === 'object' && value !== null && 'createMachine' in value === false && 'root' in value,
    )
    expect(all.filter((machine) => !drawn.includes(machine as AnyStateMachine))).toEqual([])
  })
})

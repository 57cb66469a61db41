import { describe, expect, it } from 'vitest'
import { Zone } from '../../src/feeds/zone.js'
import { failure } from './support.js'

const utc = (zone: string, local: string): string =>
  new Date(new Zone(zone).toUtc(Date.parse(`${local}Z`))).toISOString()

describe('Zone', () => {
  it('knows winter and summer time', () => {
    expect(utc('America/New_York', '2014-06-05T09:30')).toBe('2014-06-05T13:30:00.000Z')
    expect(utc('America/New_York', '2014-01-06T09:30')).toBe('2014-01-06T14:30:00.000Z')
    expect(utc('UTC', '2014-01-06T09:30')).toBe('2014-01-06T09:30:00.000Z')
    expect(utc('Asia/Kolkata', '2014-01-06T09:15')).toBe('2014-01-06T03:45:00.000Z')
    expect(utc('Pacific/Kiritimati', '2014-01-06T00:00')).toBe('2014-01-05T10:00:00.000Z')
    expect(utc('Etc/GMT+12', '2014-01-06T00:00')).toBe('2014-01-06T12:00:00.000Z')
  })

  it('goes through the night in which clocks are set forward', () => {
    const zone = 'America/New_York'
    expect(utc(zone, '2014-03-08T23:59')).toBe('2014-03-09T04:59:00.000Z')
    expect(utc(zone, '2014-03-09T01:59')).toBe('2014-03-09T06:59:00.000Z')
    // 02:30 did not exist: it is half an hour behind the gap.
    expect(utc(zone, '2014-03-09T02:30')).toBe('2014-03-09T07:30:00.000Z')
    expect(utc(zone, '2014-03-09T03:00')).toBe('2014-03-09T07:00:00.000Z')
    expect(utc(zone, '2014-03-10T00:00')).toBe('2014-03-10T04:00:00.000Z')
  })

  it('takes the first of an hour that occurs twice', () => {
    const zone = 'America/New_York'
    expect(utc(zone, '2014-11-02T00:59')).toBe('2014-11-02T04:59:00.000Z')
    expect(utc(zone, '2014-11-02T01:30')).toBe('2014-11-02T05:30:00.000Z')
    expect(utc(zone, '2014-11-02T02:00')).toBe('2014-11-02T07:00:00.000Z')
    expect(utc(zone, '2014-11-03T00:00')).toBe('2014-11-03T05:00:00.000Z')
  })

  it('finds in a whole year what the zone itself says', () => {
    const zone = new Zone('Europe/London')
    const clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/London',
      dateStyle: 'short',
      timeStyle: 'medium',
    })
    for (let local = Date.UTC(2014, 0, 1); local < Date.UTC(2015, 0, 1); local += 1_800_000) {
      const gap = local >= Date.UTC(2014, 2, 30, 1) && local < Date.UTC(2014, 2, 30, 2)
      if (!gap) expect(Date.parse(`${clock.format(zone.toUtc(local)).replace(' ', 'T')}Z`)).toBe(local)
    }
  })

  it('names a zone that there is not', async () => {
    expect(await failure(() => new Zone('Mars/Base', 'csvFeed.zone'))).toBe(
      'OUTCRY_OPTION_INVALID csvFeed.zone: there is no time zone "Mars/Base"',
    )
  })
})

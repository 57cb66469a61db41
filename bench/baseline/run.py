"""One warm-up and one timed run of the asyncio design on the benchmark's own work. Prints one line of JSON."""

import asyncio
import json
import sys
import time

from event_bus import Event, EventBus

SUBSCRIBERS = 10
SYMBOLS = 100
NEWS_EVERY = 10
START_MS = 1704205800000
MASK = 0xFFFFFFFF
HEADLINES = [
    "raises its outlook for the year",
    "posts a loss on higher costs",
    "to buy back shares",
    "names a new head of finance",
    "wins approval for its merger",
]


def int32(value):
    value &= MASK
    return value - 0x100000000 if value & 0x80000000 else value


def generator(seed):
    """The generator of load/workload.ts (mulberry32), so that the events are the same."""
    state = seed & MASK

    def draw():
        nonlocal state
        state = (state + 0x6D2B79F5) & MASK
        mixed = ((state ^ (state >> 15)) * (1 | state)) & MASK
        mixed = ((mixed + (((mixed ^ (mixed >> 7)) * (61 | mixed)) & MASK)) & MASK) ^ mixed
        return ((mixed ^ (mixed >> 14)) & MASK) / 2**32

    return draw


class Book:
    """The subscriber of load/book.ts."""

    def __init__(self, number):
        self.number = number
        self.deliveries = 0
        self._smoothing = 1 / (number + 2)
        self._symbols = {}

    async def handle(self, event):
        state = self._symbols.get(event.symbol)
        if state is None:
            state = self._symbols[event.symbol] = [0, 0.0, 0.0, 0]
        fields = event.metadata
        value = fields["price"] if event.event_type.value == "trade" else len(fields["headline"])
        state[0] += 1
        state[1] = value
        state[2] += (value - state[2]) * self._smoothing
        state[3] = (state[3] * 31 + int(value * 100) + self.number) & MASK
        self.deliveries += 1

    def checksum(self):
        total = 0
        for symbol, (count, _, _, hashed) in self._symbols.items():
            total = (total + (hashed ^ count) * (ord(symbol[-1]) + 7)) & MASK
        return int32(total)


def workload(events):
    draw = generator(events)
    symbols = [int(draw() * SYMBOLS) for _ in range(events)]
    prices = [int(draw() * 20000 + 0.5) / 100 + 1 for _ in range(events)]
    sizes = [1 + int(draw() * 1000) for _ in range(events)]
    return symbols, prices, sizes


def event_at(work, at):
    symbols, prices, sizes = work
    symbol = f"SYM{symbols[at]:02d}"
    if at % NEWS_EVERY == 0:
        fields = {"headline": HEADLINES[(at // NEWS_EVERY) % len(HEADLINES)]}
        return Event(f"tape:{at}", "news", START_MS + at, "wire", symbol, fields)
    return Event(f"tape:{at}", "trade", START_MS + at, "tape", symbol, {"price": prices[at], "size": sizes[at]})


async def play(events):
    books = [Book(number) for number in range(SUBSCRIBERS)]
    bus = EventBus()
    for book in books:
        bus.subscribe("trade", book.handle)
        bus.subscribe("news", book.handle)
    await bus.start()
    work = workload(events)
    cpu, begin = time.process_time(), time.perf_counter()
    for at in range(events):
        await bus.publish(event_at(work, at))
    await bus.drain()
    elapsed, used = time.perf_counter() - begin, time.process_time() - cpu
    await bus.stop()
    return books, elapsed * 1000, used * 1000


def main():
    events = int(sys.argv[1])
    asyncio.run(play(max(1, events // 3)))
    books, elapsed_ms, processor_ms = asyncio.run(play(events))
    result = {
        "events": events,
        "elapsedMs": elapsed_ms,
        "processorMs": processor_ms,
        "books": [{"deliveries": book.deliveries, "checksum": book.checksum()} for book in books],
    }
    print(json.dumps(result))


main()

"""The design that the review was about, rewritten to its description, on asyncio.

One bounded queue, twenty workers, and for each event: conversion of its type, validation, a copy in the
history, a metric, a task for each handler, a circuit breaker looked up and a metric for each call. It
never drops: a producer waits for room, which is what the review asks for. Standard library only.
"""

import asyncio
import time
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum


class EventType(Enum):
    TRADE = "trade"
    NEWS = "news"


class ExtendedEventType(Enum):
    ORDER = "order"
    RISK = "risk"


def event_type_of(name):
    try:
        return EventType(name)
    except ValueError:
        try:
            return ExtendedEventType(name)
        except ValueError:
            return name


@dataclass
class Event:
    event_id: str
    event_type: object
    timestamp: float
    source: str
    symbol: str
    metadata: dict = field(default_factory=dict)


SCHEMAS = {
    EventType.TRADE: {"price": (int, float), "size": (int, float)},
    EventType.NEWS: {"headline": str},
}


def validate_event(event):
    if not event.event_id or not isinstance(event.timestamp, (int, float)):
        return False
    for name, kind in SCHEMAS.get(event.event_type, {}).items():
        if not isinstance(event.metadata.get(name), kind):
            return False
    return True


class Metrics:
    def __init__(self):
        self._values = defaultdict(float)

    def record(self, metric, value, tags):
        self._values[(metric, tuple(sorted(tags.items())))] += value


class CircuitBreaker:
    def __init__(self, threshold=5, reset_seconds=30.0):
        self._threshold = threshold
        self._reset_seconds = reset_seconds
        self._failures = 0
        self._opened_at = None
        self._lock = asyncio.Lock()

    async def call(self, handler, event):
        async with self._lock:
            if self._opened_at is not None:
                if time.monotonic() - self._opened_at < self._reset_seconds:
                    raise RuntimeError("circuit open")
                self._opened_at = None
        try:
            result = await handler(event)
        except Exception:
            self._failures += 1
            if self._failures >= self._threshold:
                self._opened_at = time.monotonic()
            raise
        self._failures = 0
        return result


class DeadLetters:
    def __init__(self, maximum=1000):
        self._queue = deque(maxlen=maximum)

    async def add_event(self, event, reason):
        self._queue.append((event, reason, time.time()))


class Deduplicator:
    def __init__(self, window=65536):
        self._seen = OrderedDict()
        self._window = window

    def is_new(self, event_id):
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > self._window:
            self._seen.popitem(last=False)
        return True


class EventBus:
    def __init__(self, max_queue_size=10000, workers=20, history=1000):
        self._queue = asyncio.Queue(maxsize=max_queue_size)
        self._subscribers = defaultdict(list)
        self._breakers = {}
        self._history = deque(maxlen=history)
        self._metrics = Metrics()
        self._dead_letters = DeadLetters()
        self._dedupe = Deduplicator()
        self._workers = workers
        self._tasks = []

    def subscribe(self, name, handler, priority=0):
        handlers = self._subscribers[event_type_of(name)]
        handlers.append((priority, handler))
        handlers.sort(key=lambda pair: -pair[0])

    async def start(self):
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._workers)]

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def publish(self, event):
        event.event_type = event_type_of(event.event_type)
        if not validate_event(event) or not self._dedupe.is_new(event.event_id):
            return False
        self._metrics.record("event_bus.event_published", 1, {"event_type": str(event.event_type), "priority": "normal"})
        self._history.append(event)
        await self._queue.put(event)
        return True

    async def drain(self):
        await self._queue.join()

    async def _work(self):
        while True:
            event = await self._queue.get()
            try:
                await self._dispatch(event)
            finally:
                self._queue.task_done()

    async def _dispatch(self, event):
        handlers = self._subscribers.get(event.event_type, [])
        tasks = [asyncio.create_task(self._execute(handler, event)) for _, handler in handlers]
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                await self._dead_letters.add_event(event, str(result))

    async def _breaker(self, name):
        if name not in self._breakers:
            self._breakers[name] = CircuitBreaker()
        return self._breakers[name]

    async def _execute(self, handler, event):
        breaker = await self._breaker("event_processing")
        status = "success"
        try:
            await breaker.call(handler, event)
        except Exception:
            status = "failure"
            raise
        finally:
            tags = {"handler": handler.__name__, "event_type": str(event.event_type), "status": status}
            self._metrics.record("event_bus.handler_execution", 1, tags)

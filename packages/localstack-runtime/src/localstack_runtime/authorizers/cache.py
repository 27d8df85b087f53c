"""Remembers authorizers' answers for as long as each authorizer says."""

import threading
import time
from collections.abc import Callable, Hashable

MAX_ENTRIES = 10_000


class ResultCache[Value]:
    """Answers by key, each with its own time to live. Nothing is remembered for a time to live of zero."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[Hashable, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """The answer, unless there is none or it is too old."""
        entry = self._entries.get(key)
        return entry[1] if entry and entry[0] > self._clock() else None

    def put(self, key: Hashable, value: Value, ttl_s: float) -> None:
        """Remember an answer."""
        if ttl_s <= 0:
            return
        with self._lock:
            if len(self._entries) >= MAX_ENTRIES:
                self._drop_old()
            self._entries[key] = (self._clock() + ttl_s, value)

    def _drop_old(self) -> None:
        now = self._clock()
        kept = {key: entry for key, entry in self._entries.items() if entry[0] > now}
        self._entries = kept if len(kept) < MAX_ENTRIES else {}

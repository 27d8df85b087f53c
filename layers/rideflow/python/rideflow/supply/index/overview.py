"""The drivers of a zone as staff see them on a map: where they are, when they were seen, and who stands in queues.

Nothing is written, and no other script does more for it. Each call reads a page, because a script blocks its node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from redis.cluster import RedisCluster

from rideflow.kernel.redis import script
from rideflow.markets.zones import Zone
from rideflow.supply.keys import ZoneKeys, queues
from rideflow.supply.model import milliseconds

PAGE = 500
"""The most drivers whose hashes one script reads, and how many ids it is given: 1 to 2 ms of Redis."""

ROLL_CALL_PAGE = 2000
"""The most drivers whom one script lists: 1 to 2 ms of Redis."""

_PACKAGE = "rideflow.supply.index"


class Sighting(NamedTuple):
    """A driver's last believed position. `seen_ms` is its time in Unix milliseconds.

    `lat` and `lng` are None if no position of the driver was ever believed, `heading_deg` if the phone sent none.
    """

    driver_id: str
    seen_ms: int
    lat: float | None
    lng: float | None
    heading_deg: float | None


class ZoneSightings(NamedTuple):
    """How many drivers the zone has, how many stand in each of its queues, and the positions that were asked for."""

    drivers: int
    queued: dict[str, int]
    sightings: list[Sighting]


class OverviewIndex:
    """Reads the drivers of any zone, page by page."""

    def __init__(self, redis: RedisCluster, *, page: int = PAGE, roll_call_page: int = ROLL_CALL_PAGE) -> None:
        self._redis = redis
        self._page, self._roll_call_page = page, roll_call_page

    def seen_since(self, zone: Zone, since: datetime) -> ZoneSightings:
        """The positions of `since` or later, oldest first. A driver who moves meanwhile may be among them twice.

        Raises `RedisUnavailableError`.
        """
        first: ZoneSightings | None = None
        found: list[Sighting] = []

        def page(from_ms: int, offset: int) -> list[Sighting]:
            nonlocal first
            answer = self._ask(zone, [from_ms, offset, self._page])
            first = first or answer
            found.extend(answer.sightings)
            return answer.sightings

        _read_pages(page, milliseconds(since), self._page, lambda sighting: sighting.seen_ms)
        drivers, queued = (0, {}) if first is None else (first.drivers, first.queued)
        return ZoneSightings(drivers, queued, found)

    def of(self, zone: Zone, driver_ids: Sequence[str]) -> list[Sighting]:
        """The last positions of those of these drivers who are in the zone. Raises `RedisUnavailableError`."""
        return [
            sighting
            for start in range(0, len(driver_ids), self._page)
            for sighting in self._ask(zone, [0, 0, 0, *driver_ids[start : start + self._page]]).sightings
        ]

    def roll_call(self, zone: Zone) -> dict[str, int]:
        """Every driver in the zone, with the time of the last position in Unix milliseconds.

        Pages go on by time and not by rank: a position that comes between two pages moves its driver to a later page.
        Raises `RedisUnavailableError`.
        """
        present: dict[str, int] = {}

        def page(from_ms: int, offset: int) -> list[tuple[str, int]]:
            answer = script(_PACKAGE, "roll_call")(
                self._redis, [ZoneKeys(zone.id).seen], [from_ms, offset, self._roll_call_page]
            )
            entries = [(driver_id, int(seen)) for driver_id, seen in _split(answer)]
            present.update(entries)
            return entries

        _read_pages(page, 0, self._roll_call_page, lambda entry: entry[1])
        return present

    def _ask(self, zone: Zone, arguments: list[Any]) -> ZoneSightings:
        keys, fifo_ids = ZoneKeys(zone.id), [fifo.id for fifo in zone.fifos]
        touched = [keys.seen, keys.driver(""), *queues(zone, fifo_ids)]
        drivers, queued, told = script(_PACKAGE, "positions_since")(self._redis, touched, arguments)
        lengths, classes = [int(length) for length in queued.split()], len(zone.market.vehicle_classes)
        in_queues = {
            fifo_id: sum(lengths[number * classes : (number + 1) * classes]) for number, fifo_id in enumerate(fifo_ids)
        }
        return ZoneSightings(int(drivers), in_queues, [_sighting(*entry) for entry in _split(told)])


def _read_pages[E](page: Callable[[int, int], list[E]], from_ms: int, size: int, time_of: Callable[[E], int]) -> None:
    """Read pages until one is not full. Each begins at the time at which the last one ended, so some are read twice.

    Leaving those out by their number would lose drivers: one of them may have moved between the two pages.
    """
    offset = 0
    while len(entries := page(from_ms, offset)) == size:
        last_ms = time_of(entries[-1])
        offset, from_ms = (offset + size if last_ms == from_ms else 0), last_ms


def _split(told: bytes) -> Iterator[list[str]]:
    return (entry.split(" ") for entry in told.decode().split(";")) if told else iter(())


def _sighting(driver_id: str, seen_ms: str, lat: str, lng: str, heading: str) -> Sighting:
    return Sighting(driver_id, int(float(seen_ms)), _number(lat), _number(lng), _number(heading))


def _number(text: str) -> float | None:
    return None if text == "-" else float(text)

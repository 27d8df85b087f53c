"""Every key of the driver index in Redis, in one place.

Keys carry the zone as their hash tag (`{sf-bay}:seen`), so that what one script touches lies on one node of the
cluster, and a zone in trouble stays alone with it. Ids are those of drivers and trips; times are Unix milliseconds.
Nothing here is the truth: PostgreSQL's requests and the drivers' next positions rebuild all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from rideflow.kernel.vehicles import VehicleClass
from rideflow.markets.zones import Zone


@dataclass(frozen=True, slots=True)
class ZoneKeys:
    """The keys of one zone. Those of every class of vehicle are made of a `Zone`, by the functions below."""

    zone: str

    def driver(self, driver_id: UUID | str) -> str:
        """Hash: last position (`lat`, `lng`, `recorded_at`, `heading`, `accuracy`), `class`, `version`, trip in hand.

        `heard` is when the phone last sent anything; `agreed`, `doubted` and `clock` are what `record_positions.lua`
        remembers of its positions; `before` is `<trip id> <from> <until>` of the last trip until its path is measured.
        `in_queue` is `held` of a driver whom a queue lets take no other trips, else `shared`, and empty of most.
        """
        return self._key(f"driver:{driver_id}")

    def path(self, driver_id: UUID | str) -> str:
        """List of `<trip id> <time> <lat> <lng> <accuracy (m) or ->`, oldest first: where a driver was on trips."""
        return self._key(f"path:{driver_id}")

    @property
    def seen(self) -> str:
        """Sorted set: driver → time of the last position."""
        return self._key("seen")

    def free(self, vehicle_class: str) -> str:
        """Geo index of the drivers that can be offered a trip."""
        return self._key(f"free:{vehicle_class}")

    def finishing(self, vehicle_class: str) -> str:
        """Geo index of the dropoffs of the drivers who will be there soon and can be offered their next trip."""
        return self._key(f"finishing:{vehicle_class}")

    @property
    def drop_off_at(self) -> str:
        """Sorted set: driver on a trip → when they will drop off."""
        return self._key("drop-off-at")

    @property
    def traits(self) -> str:
        """Hash: driver → what matching knows of them besides place, class (`kernel.ride_requirements.Traits.entry`)."""
        return self._key("traits")

    @property
    def accessible(self) -> str:
        """Set of the drivers whose vehicle takes a wheelchair."""
        return self._key("accessible")

    @property
    def upgrades(self) -> str:
        """Set of the drivers who take upgrades."""
        return self._key("upgrades")

    @property
    def heading(self) -> str:
        """Set of the drivers who are heading somewhere, or were."""
        return self._key("heading")

    @property
    def idle(self) -> str:
        """Sorted set: driver → since when without a trip."""
        return self._key("idle")

    @property
    def reserved(self) -> str:
        """Sorted set: driver → until when the live offers leave no room for another."""
        return self._key("reserved")

    def queue(self, fifo_id: str, vehicle_class: str) -> str:
        """Sorted set: driver of the class → when they came to the queue's waiting area."""
        return self._key(f"queue:{fifo_id}:{vehicle_class}")

    @property
    def queued(self) -> str:
        """Geo index of the drivers in any queue."""
        return self._key("queued")

    @property
    def tick_due(self) -> str:
        """`<now|later>:<id>` of the one tick that is scheduled; any other message is a duplicate."""
        return self._key("tick-due")

    @property
    def tick_lock(self) -> str:
        """Held by the matcher at work; its value is the fencing token."""
        return self._key("tick-lock")

    @property
    def tick_fence(self) -> str:
        """The newest fencing token: a matcher with an older one writes nothing."""
        return self._key("tick-fence")

    def _key(self, name: str) -> str:
        return f"{{{self.zone}}}:{name}"


def classes_told(zone: Zone) -> tuple[int | str, ...]:
    """How scripts are told the vehicle classes of the zone's market: how many, then each."""
    classes = zone.market.vehicle_classes
    return (len(classes), *classes)


def free_of_every_class(zone: Zone) -> list[str]:
    """The geo indexes of free drivers, in the order of the market's vehicle classes."""
    keys = ZoneKeys(zone.id)
    return [keys.free(vehicle_class) for vehicle_class in zone.market.vehicle_classes]


def askable(zone: Zone) -> tuple[str, ...]:
    """All that holds drivers who can be offered a trip: free ones class by class, those who drop off soon, and when."""
    return _askable(zone.id, zone.market.vehicle_classes)


def queues(zone: Zone, fifo_ids: Sequence[str]) -> list[str]:
    """Of each queue the keys of every vehicle class, in the order of the market's."""
    keys = ZoneKeys(zone.id)
    return [keys.queue(fifo_id, of_class) for fifo_id in fifo_ids for of_class in zone.market.vehicle_classes]


def driver_sets(zone: Zone) -> list[str]:
    """What holds drivers of the zone who can be asked, then what it keeps of its queues, if it has any."""
    fifos = zone.fifos
    if not fifos:
        return [*askable(zone)]
    return [*askable(zone), *_queues(zone.id, zone.market.vehicle_classes, tuple([fifo.id for fifo in fifos]))]


@cache
def _askable(zone_id: str, classes: tuple[VehicleClass, ...]) -> tuple[str, ...]:
    """Made once for each zone: every position and every accept hands them on."""
    keys = ZoneKeys(zone_id)
    return (*(keys.free(each) for each in classes), *(keys.finishing(each) for each in classes), keys.drop_off_at)


@cache
def _queues(zone_id: str, classes: tuple[VehicleClass, ...], fifo_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Places of queued drivers, then the queues: made once, since every position touches them."""
    keys = ZoneKeys(zone_id)
    return (keys.queued, *(keys.queue(fifo_id, of_class) for fifo_id in fifo_ids for of_class in classes))

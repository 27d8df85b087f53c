"""Destination mode (DR6): a driver who is heading somewhere is offered only trips that lead there.

| the driver                     | sets                          | clears or arrives |
|--------------------------------|-------------------------------|-------------------|
| is offline                     | refused                       | done already      |
| heads there by then            | done already                  | cleared           |
| has set two today              | refused                       | cleared           |
| else                           | set, counted for today        | cleared           |

It also ends at its time, which is an hour or two away, and when the driver goes offline.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from rideflow.drivers.errors import (
    ArriveByError,
    DestinationLimitError,
    DestinationNotFoundError,
    DriverOfflineError,
)
from rideflow.drivers.model import Driver, changed
from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request, View
from rideflow.kernel.timestamps import Timestamp

TIMES_A_DAY = 2
"""Usual in ride hailing. A driver with no limit could refuse every ride that others have to take instead."""

USUALLY_WITHIN = timedelta(hours=2)
SOONEST, LATEST = timedelta(minutes=10), timedelta(hours=4)


class PutDestination(Request):
    """Where the driver is heading, and by when they want to be there: within two hours where they do not say."""

    place: Point
    arrive_by: Annotated[Timestamp | None, Field(description="10 minutes to 4 hours ahead")] = None


class DestinationView(View):
    """Where a driver is heading."""

    place: Point
    until: Annotated[datetime, Field(description="Then all trips are offered again")]
    left_today: Annotated[int, Field(description="How often another destination can be set today")]


def set_destination(driver: Driver, wanted: PutDestination, now: datetime, today: date) -> Driver | None:
    """The driver who is heading there; None if they are already. `today` is the day where they drive.

    Raises `DriverOfflineError`, `ArriveByError`, `DestinationLimitError`.
    """
    if not driver.online:
        raise DriverOfflineError("Go online before you set a destination.")
    if _is_heading(driver, wanted, now):
        return None
    until = wanted.arrive_by or now + USUALLY_WITHIN
    if not SOONEST <= until - now <= LATEST:
        raise ArriveByError("Choose a time between 10 minutes and 4 hours ahead.", field="arrive_by")
    if _left_today(driver, today) <= 0:
        raise DestinationLimitError(f"You have set {TIMES_A_DAY} destinations today, which is the most.")
    return changed(
        driver,
        **_at(wanted.place, until),
        destination_day=today,
        destination_uses=_used_today(driver, today) + 1,
    )


def clear_destination(driver: Driver) -> Driver | None:
    """The driver who takes all trips; None when it is done already."""
    return None if driver.destination is None else changed(driver, **_at(None, None))


def reach_destination(driver: Driver, until: datetime) -> Driver | None:
    """As `clear_destination`, of the destination that was set until that time, and of no other."""
    set_until = driver.destination_until
    is_another = set_until is None or abs(set_until - until) >= timedelta(milliseconds=1)
    return None if is_another else clear_destination(driver)


def shown(driver: Driver, now: datetime, today: date) -> DestinationView:
    """Raises `DestinationNotFoundError` of a driver who is heading nowhere (any more)."""
    place, until = driver.destination, driver.destination_until
    if place is None or until is None or until <= now:
        raise DestinationNotFoundError("You have set no destination.")
    return DestinationView(place=place, until=until, left_today=_left_today(driver, today))


def _is_heading(driver: Driver, wanted: PutDestination, now: datetime) -> bool:
    """Whether the destination and the time are set already. A request without a time keeps the time that is set."""
    until = driver.destination_until
    is_there = driver.destination == wanted.place and until is not None and until > now
    return is_there and wanted.arrive_by in {None, until}


def _at(place: Point | None, until: datetime | None) -> dict[str, Any]:
    lat, lng = (None, None) if place is None else (place.lat, place.lng)
    return {"destination_lat": lat, "destination_lng": lng, "destination_until": until}


def _used_today(driver: Driver, today: date) -> int:
    return driver.destination_uses if driver.destination_day == today else 0


def _left_today(driver: Driver, today: date) -> int:
    return TIMES_A_DAY - _used_today(driver, today)

"""Destination mode: a driver with a destination is offered only trips that lead there.

| the driver                     | sets a destination            | clears or reaches it |
|--------------------------------|-------------------------------|----------------------|
| is offline                     | refused                       | done already         |
| has set this one already       | done already                  | cleared              |
| has set two today              | refused                       | cleared              |
| else                           | set, counted for today        | cleared              |

A destination also ends at its time, which is at most four hours ahead, and when the driver goes offline.
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
"""The usual limit in ride hailing. Without one, a driver could leave all unpopular rides to other drivers."""

USUALLY_WITHIN = timedelta(hours=2)
SOONEST, LATEST = timedelta(minutes=10), timedelta(hours=4)


class PutDestination(Request):
    """The driver's destination, and by when they want to be there: within two hours if `arrive_by` is left out."""

    place: Point
    arrive_by: Annotated[Timestamp | None, Field(description="10 minutes to 4 hours ahead")] = None


class DestinationView(View):
    """The driver's destination."""

    place: Point
    until: Annotated[datetime, Field(description="From this time on, all trips are offered again")]
    left_today: Annotated[int, Field(description="How often another destination can be set today")]


def set_destination(driver: Driver, wanted: PutDestination, now: datetime, today: date) -> Driver | None:
    """The driver with this destination; None if it is set already. `today` is the date in the market where they drive.

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
    """The driver without a destination; None if they have none."""
    return None if driver.destination is None else changed(driver, **_at(None, None))


def reach_destination(driver: Driver, until: datetime) -> Driver | None:
    """The driver without the destination that was set until `until`; None if they have another destination, or none."""
    set_until = driver.destination_until
    is_another = set_until is None or abs(set_until - until) >= timedelta(milliseconds=1)
    return None if is_another else clear_destination(driver)


def shown(driver: Driver, now: datetime, today: date) -> DestinationView:
    """The driver's destination. Raises `DestinationNotFoundError` if there is none, or its time has passed."""
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

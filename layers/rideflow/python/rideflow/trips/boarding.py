"""The rider reads a PIN to the driver, so that nobody rides in the wrong car.

| the PIN    | attempts before   | then                                                      |
|------------|-------------------|-----------------------------------------------------------|
| any        | locked            | refused until the lock ends; the attempt does not count   |
| right      | fewer than five   | the trip starts                                           |
| wrong      | fewer than four   | refused, counted                                          |
| wrong      | four              | refused, locked for five minutes, then counted from zero  |

With four digits and five attempts in five minutes, an even chance of guessing takes more than three days. A driver who
misheard the PIN needs no operator.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Annotated
from uuid import UUID

from pydantic import Field

from rideflow.trips.errors import PinLockedError, WrongPinError
from rideflow.trips.late import LateCommand, told_late
from rideflow.trips.model import Actor, Change, Operation, Trip, changed

PIN_DIGITS = 4
MAX_ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=5)


class StartTrip(LateCommand):
    """The driver starts the trip with the PIN that the rider reads to them."""

    pin: Annotated[str, Field(pattern=rf"^[0-9]{{{PIN_DIGITS}}}$")]


def started(trip: Trip, driver_id: UUID, pin: str, at: datetime, started_at: datetime | None = None) -> Change | None:
    """The trip in progress since `started_at` (by default `at`), or still waiting with one more wrong PIN counted.

    None if the trip is in progress already. Raises `PinLockedError`, and `TripConflictError` if no driver waits at the
    pickup.
    """
    since = started_at or at
    on_its_way = changed(
        trip, Operation.START, Actor.DRIVER, since, actor_id=driver_id, told=told_late(since, at), started_at=since
    )
    if on_its_way is None:
        return None
    if trip.pin_locked_until is not None and at < trip.pin_locked_until:
        raise _locked(trip.pin_locked_until, at)
    if compare_digest(pin.encode(), trip.pin.encode()):
        return on_its_way
    attempts = trip.pin_attempts + 1
    lock = attempts >= MAX_ATTEMPTS
    return changed(
        trip, Operation.REFUSE_PIN, Actor.DRIVER, at, actor_id=driver_id,
        pin_attempts=0 if lock else attempts, pin_locked_until=at + LOCKED_FOR if lock else None,
    )  # fmt: skip


def wrong_pin(trip: Trip) -> WrongPinError:
    """The error for the driver after a wrong PIN was counted."""
    if trip.pin_locked_until is not None:
        minutes = LOCKED_FOR // timedelta(minutes=1)
        detail = f"This is not the rider's PIN. Please wait {minutes} minutes before you try again."
        return WrongPinError(detail, field="pin", attempts_left=0, locked_until=trip.pin_locked_until.isoformat())
    left = MAX_ATTEMPTS - trip.pin_attempts
    return WrongPinError(f"This is not the rider's PIN; {left} attempts are left.", field="pin", attempts_left=left)


def _locked(until: datetime, at: datetime) -> PinLockedError:
    wait_s = -((at - until) // timedelta(seconds=1))
    return PinLockedError(
        f"Too many wrong PINs: please wait {wait_s} seconds.", retry_after_s=wait_s, locked_until=until.isoformat()
    )

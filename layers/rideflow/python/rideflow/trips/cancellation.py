"""Who may end a trip before it starts, and what that costs.

| who      | the trip is                          | when                              | then                             | fee      |
|----------|--------------------------------------|-----------------------------------|----------------------------------|----------|
| rider    | requested, matching                  | any time                          | cancelled                        |          |
| rider    | driver_assigned, driver_arrived      | in the grace after the assignment | cancelled                        |          |
| rider    | driver_assigned, driver_arrived      | later                             | cancelled                        | the city's |
| driver   | driver_assigned                      | any time                          | handed back, matched anew        |          |
| driver   | driver_arrived                       | before the no-show time           | handed back, matched anew        |          |
| driver   | driver_arrived                       | from the no-show time on          | cancelled, `rider_no_show`       | the city's |
| provider | requested, matching, driver_assigned, driver_arrived | any time          | cancelled                        |          |
| anybody  | cancelled                            | any time                          | nothing: it is cancelled already |          |
| anybody  | in_progress, or over                 | any time                          | refused                          |          |

The no-show time counts from the arrival, or from the scheduled pickup time if that is later.
The fee is never more than the ride would have cost. The driver's share of it is payments' business.
"""  # noqa: E501 - a table

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from rideflow.kernel.model import Request
from rideflow.kernel.text import ONE_LINE
from rideflow.trips.model import DRIVER_ARRIVED, Actor, Change, Operation, Trip, changed
from rideflow.trips.rules import CancellationRules

NO_SHOW = "rider_no_show"
CARD_DECLINED = "card_declined"
NOT_MATCHED = "not_matched_in_time"


class CancelTrip(Request):
    """Why, if the caller wants to say."""

    reason: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE] | None = None


def cancelled_by_rider(trip: Trip, reason: str | None, at: datetime, rules: CancellationRules) -> Change | None:
    late = trip.assigned_at is not None and at - trip.assigned_at > rules.grace
    fee_minor = _fee(trip, rules) if late else 0
    return _cancelled(trip, Actor.RIDER, at, reason, actor_id=trip.rider_id, fee_minor=fee_minor)


def cancelled_by_driver(
    trip: Trip, driver_id: UUID, reason: str | None, at: datetime, rules: CancellationRules
) -> Change | None:
    if not trip.is_active or _no_show(trip, at, rules):
        return _cancelled(trip, Actor.DRIVER, at, NO_SHOW, actor_id=driver_id, fee_minor=_fee(trip, rules))
    return changed(
        trip, Operation.HAND_BACK, Actor.DRIVER, at, actor_id=driver_id, told={"reason": reason},
        driver_id=None, vehicle=None, assigned_at=None, arrived_at=None, pin_attempts=0, pin_locked_until=None,
        matching_at=at,
    )  # fmt: skip


def cancelled_by_provider(trip: Trip, reason: str, at: datetime) -> Change | None:
    return _cancelled(trip, Actor.PROVIDER, at, reason)


def rejected_for_payment(trip: Trip, at: datetime) -> Change | None:
    """The rider's card could not hold the fare."""
    return _cancelled(trip, Actor.PROVIDER, at, CARD_DECLINED, operation=Operation.REJECT_PAYMENT)


def _no_show(trip: Trip, at: datetime, rules: CancellationRules) -> bool:
    if trip.state is not DRIVER_ARRIVED or trip.waited_for_since is None:
        return False
    return at - trip.waited_for_since >= rules.no_show_after


def _fee(trip: Trip, rules: CancellationRules) -> int:
    return min(rules.cancellation_fee_minor, trip.quoted_amount_minor)


def _cancelled(
    trip: Trip,
    by: Actor,
    at: datetime,
    reason: str | None,
    *,
    operation: Operation = Operation.CANCEL,
    actor_id: UUID | None = None,
    fee_minor: int = 0,
) -> Change | None:
    return changed(
        trip, operation, by, at, actor_id=actor_id,
        cancelled_by=by, cancel_reason=reason, cancellation_fee_minor=fee_minor, ended_at=at,
    )  # fmt: skip

"""The end of a trip before it starts: people who may end it, and its fee.

| who      | the trip is                          | when                              | then                             | fee      |
|----------|--------------------------------------|-----------------------------------|----------------------------------|----------|
| rider    | requested, matching                  | any time                          | cancelled                        |          |
| rider    | driver_assigned, driver_arrived      | in the grace after the assignment | cancelled                        |          |
| rider    | driver_assigned, driver_arrived      | later, the driver came            | cancelled                        | as promised |
| rider    | driver_assigned, driver_arrived      | later, else                       | cancelled                        |          |
| driver   | driver_assigned                      | any time                          | handed back, matched anew        |          |
| driver   | driver_arrived                       | before the no-show time           | handed back, matched anew        |          |
| driver   | driver_arrived                       | later, they are at the pickup     | cancelled, `rider_no_show`       | as promised |
| driver   | driver_arrived                       | later, they are not, or not known | handed back, matched anew        |          |
| platform | requested to driver_arrived          | any time                          | cancelled                        |          |
| operator | any state of a trip that is not over | any time                          | cancelled; their verdict decides | as promised |
| anybody  | cancelled                            | any time                          | nothing: it is cancelled already |          |
| anybody  | in_progress, or over                 | any time                          | refused                          |          |

Whether the driver came is judged by `approach`. The no-show time counts from an arrival that is believed (`arriving`), from
when it was told, or from the scheduled pickup time, whichever is latest. At its end the driver's phone must be at the pickup,
by the same belief as at the arrival; while the stores of positions do not answer, nobody is a no-show.
The fee, the grace and the no-show time are those that were promised with the price. The fee is never more than the ride
would have cost. The driver's share of it is payments' business.
"""  # noqa: E501 - a table

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from rideflow.kernel.model import Request
from rideflow.kernel.sealing import SealedText
from rideflow.kernel.text import ONE_LINE
from rideflow.markets.rules import CancellationRules
from rideflow.trips.approach import Judgement
from rideflow.trips.evidence import Seen
from rideflow.trips.model import DRIVER_ARRIVED, Actor, Change, Operation, Trip, Verdict, changed

NO_SHOW = "rider_no_show"
type PaymentRejection = Literal["card_declined", "payment_not_confirmed", "payment_unavailable"]
CARD_DECLINED: PaymentRejection = "card_declined"
PAYMENT_NOT_CONFIRMED: PaymentRejection = "payment_not_confirmed"
"""The rider's bank wanted them to confirm the payment, and they did not in time. The card was not refused."""
PAYMENT_UNAVAILABLE: PaymentRejection = "payment_unavailable"
"""The card was not refused: we, or the payment provider, could not hold the fare. The same request may succeed."""
NOT_MATCHED = "not_matched_in_time"
BY_OPERATOR = "operator"


class CancelTrip(Request):
    """Cancel the trip; a reason is optional."""

    reason: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE] | None = None


def cancelled_by_rider(
    trip: Trip, reason: SealedText | None, at: datetime, rules: CancellationRules, judgement: Judgement
) -> Change | None:
    fee_minor = _fee(trip, rules) if judgement.verdict is Verdict.RIDER else 0
    return _cancelled(trip, Actor.RIDER, at, reason, judgement, actor_id=trip.rider_id, fee_minor=fee_minor)


def cancelled_by_driver(
    trip: Trip,
    driver_id: UUID,
    reason: SealedText | None,
    at: datetime,
    rules: CancellationRules,
    *,
    seen: Seen | None = None,
) -> Change | None:
    """`seen` is where the driver is now, if that is known; only a no-show needs it."""
    if not trip.is_active or (no_show_is_due(trip, at, rules) and seen is not None and seen.is_there):
        evidence = {"arrival_distance_m": trip.arrival_distance_m, "distance_m": seen.distance_m if seen else None}
        judgement = Judgement(Verdict.RIDER, NO_SHOW, evidence)
        return _cancelled(trip, Actor.DRIVER, at, NO_SHOW, judgement, actor_id=driver_id, fee_minor=_fee(trip, rules))
    return handed_back(trip, Actor.DRIVER, driver_id, reason, at)


def handed_back(trip: Trip, by: Actor, actor_id: UUID | None, reason: str | None, at: datetime) -> Change | None:
    """The trip without its driver, matched anew; the driver gave it back, or it was taken from them."""
    return changed(
        trip, Operation.HAND_BACK, by, at, actor_id=actor_id, told={"reason": reason, "left_by": str(trip.driver_id)},
        driver_id=None, vehicle_id=None, vehicle=None, assigned_at=None, arrived_at=None, arrival_told_at=None,
        arrival_distance_m=None, pin_attempts=0, pin_locked_until=None, matching_at=at,
    )  # fmt: skip


def cancelled_by_platform(trip: Trip, reason: str, at: datetime, judgement: Judgement | None = None) -> Change | None:
    """At no cost to anybody; nobody's fault if no judgement says otherwise."""
    return _cancelled(trip, Actor.PLATFORM, at, reason, judgement or Judgement(Verdict.NOBODY, reason, {}))


def cancelled_by_operator(
    trip: Trip, operator_id: UUID, verdict: Verdict, at: datetime, rules: CancellationRules
) -> Change | None:
    """An operator's verdict decides, also with the rider on board; nobody pays for a driver they never had."""
    owes = verdict is Verdict.RIDER and trip.driver_id is not None
    return _cancelled(
        trip, Actor.PLATFORM, at, BY_OPERATOR, Judgement(verdict, BY_OPERATOR, {}), operation=Operation.STOP,
        actor_id=operator_id, fee_minor=_fee(trip, rules) if owes else 0,
    )  # fmt: skip


def rejected_for_payment(trip: Trip, reason: PaymentRejection, at: datetime) -> Change | None:
    """The fare could not be held."""
    judgement = Judgement(Verdict.NOBODY, reason, {})
    return _cancelled(trip, Actor.PLATFORM, at, reason, judgement, operation=Operation.REJECT_PAYMENT)


def no_show_is_due(trip: Trip, at: datetime, rules: CancellationRules) -> bool:
    """Whether the rider has had the no-show time since they were told of a believed arrival."""
    since = trip.no_show_counts_from
    if trip.state is not DRIVER_ARRIVED or trip.arrival_distance_m is None or since is None:
        return False
    return at - since >= rules.no_show_after


def _fee(trip: Trip, rules: CancellationRules) -> int:
    return min(rules.cancellation_fee_minor, trip.quoted_amount_minor)


def _cancelled(
    trip: Trip,
    by: Actor,
    at: datetime,
    reason: str | None,
    judgement: Judgement,
    *,
    operation: Operation = Operation.CANCEL,
    actor_id: UUID | None = None,
    fee_minor: int = 0,
) -> Change | None:
    return changed(
        trip, operation, by, at, actor_id=actor_id, told={"evidence": judgement.evidence},
        cancelled_by=by, cancel_reason=reason, cancellation_fee_minor=fee_minor, ended_at=at,
        cancel_verdict=judgement.verdict, cancel_rule=judgement.rule,
    )  # fmt: skip

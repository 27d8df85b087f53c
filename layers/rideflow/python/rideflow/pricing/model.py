"""How a price is made: the fare formula, the breakdown that explains it, and how long a quote holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import Field, model_validator

from rideflow.kernel.geo import Point
from rideflow.kernel.model import View
from rideflow.kernel.money import AmountMinor, Currency, rounded
from rideflow.kernel.needs import Needs
from rideflow.kernel.vehicles import VehicleClass
from rideflow.pricing.rates import RateCard

QUOTE_VALID_FOR = timedelta(minutes=2)
NO_SURGE = Decimal("1.00")
MAX_SURGE = Decimal("3.00")

LineKind = Literal["base", "distance", "time", "waiting", "surge", "tolls", "fees", "discount", "tax", "tip"]
_KINDS: tuple[LineKind, ...] = get_args(LineKind)


class FareLine(View):
    """One line of a breakdown. Only `discount` is ever negative."""

    kind: LineKind
    amount_minor: AmountMinor


class FareBreakdown(View):
    """How an amount comes about: the same for rider, driver and receipt. The lines sum to the total.

    `version` is of this shape: stored breakdowns outlive the code that wrote them.
    """

    version: Literal[1] = 1
    currency: Currency
    lines: tuple[FareLine, ...]
    total_minor: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if tuple(line.kind for line in self.lines) != _KINDS:
            raise ValueError("a breakdown has each line once, in order")
        if any((line.amount_minor > 0) if line.kind == "discount" else (line.amount_minor < 0) for line in self.lines):
            raise ValueError("a line has the wrong sign")
        if sum(line.amount_minor for line in self.lines) != self.total_minor:
            raise ValueError("the lines do not sum to the total")
        return self

    @classmethod
    def of(cls, currency: str, amounts: dict[LineKind, int]) -> Self:
        """The breakdown of these amounts; lines that are not named are zero."""
        lines = tuple(FareLine(kind=kind, amount_minor=amounts.get(kind, 0)) for kind in _KINDS)
        return cls(currency=currency, lines=lines, total_minor=sum(amounts.values()))

    def amount(self, kind: LineKind) -> int:
        return next(line.amount_minor for line in self.lines if line.kind == kind)

    def limited_to(self, maximum_minor: int) -> FareBreakdown:
        """The same fare, what exceeds the maximum given as a discount."""
        excess = max(0, self.total_minor - maximum_minor)
        amounts = {line.kind: line.amount_minor for line in self.lines}
        return FareBreakdown.of(self.currency, amounts | {"discount": amounts["discount"] - excess})


class Route(View):
    """A way from pickup to dropoff, planned or driven."""

    distance_m: Annotated[int, Field(ge=0)]
    duration_s: Annotated[int, Field(ge=0)]


class Quote(View):
    """A promised price. `rate` is the rate card it was made with; the final fare uses the same one."""

    id: UUID
    rider_id: UUID
    city: str
    zone: str
    vehicle_class: VehicleClass
    needs: Needs = Needs()
    pickup: Point
    dropoff: Point
    distance_m: int
    duration_s: int
    rate: RateCard
    surge: Decimal
    breakdown: FareBreakdown
    amount_minor: AmountMinor
    currency: Currency
    created_at: datetime
    expires_at: datetime


def fare(
    rate: RateCard,
    currency: str,
    route: Route,
    *,
    surge: Decimal = NO_SURGE,
    waited_s: int = 0,
    discount_minor: int = 0,
) -> FareBreakdown:
    """(base + distance x per km + time x per minute) x surge - discount, and never under the minimum before discount.

    What lifts a short trip to the minimum is in the line `base`. Every line is rounded by itself, half to even. A
    discount takes a fare down to zero at most. Waiting is charged from the free time on and is not surged.
    """
    distance_minor = rounded(rate.per_km_minor * route.distance_m / 1000)
    time_minor = rounded(rate.per_minute_minor * route.duration_s / 60)
    metered_minor = rate.base_minor + distance_minor + time_minor
    surge_minor = rounded(metered_minor * (surge - 1))
    lift_minor = max(0, rate.minimum_minor - metered_minor - surge_minor)
    waiting_minor = rounded(rate.waiting_per_minute_minor * max(0, waited_s - rate.waiting_free_s) / 60)
    full_minor = metered_minor + surge_minor + lift_minor + waiting_minor
    return FareBreakdown.of(
        currency,
        {
            "base": rate.base_minor + lift_minor,
            "distance": distance_minor,
            "time": time_minor,
            "waiting": waiting_minor,
            "surge": surge_minor,
            "discount": -min(discount_minor, full_minor),
        },
    )


def final_fare(quote: Quote, driven: Route | None, waited_s: int) -> FareBreakdown:
    """What the ride costs after all.

    | driven path        | computed fare    | charged            |
    |--------------------|------------------|--------------------|
    | not known          |                  | the quote          |
    | route kept         | up to the quote  | the computed fare  |
    | route kept         | over the quote   | the quote          |
    | another route      |                  | the computed fare  |
    """
    if driven is None:
        return quote.breakdown
    computed = fare(quote.rate, quote.currency, driven, surge=quote.surge, waited_s=waited_s)
    kept = driven.distance_m <= quote.distance_m * quote.rate.route_kept_factor
    return quote.breakdown if kept and computed.total_minor > quote.amount_minor else computed


def cancellation_fee(currency: str, fee_minor: int) -> FareBreakdown:
    """The breakdown of a trip that was cancelled late: the fee and nothing else."""
    return FareBreakdown.of(currency, {"fees": fee_minor})

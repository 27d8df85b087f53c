"""Prices: the fare formula, the breakdown that explains a price, and how long a quote is valid."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self, get_args
from uuid import UUID

from pydantic import Field, model_validator

from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.model import View
from rideflow.kernel.money import AmountMinor, Currency, rounded_lines
from rideflow.kernel.ride_requirements import Needs
from rideflow.kernel.vehicles import ProductId
from rideflow.markets.rates import RateCard
from rideflow.markets.rules import FrozenCancellation

QUOTE_VALID_FOR = timedelta(minutes=2)
NO_SURGE = Decimal("1.00")

MEASURED_WITHIN, MEASURED_WITHIN_M = 0.02, 100
"""The error of the measured length of a path: a share of the driven length, or metres if those are more."""

LineKind = Literal["base", "distance", "time", "waiting", "surge", "tolls", "fees", "discount", "tax", "tip"]
Because = Literal["path_not_known", "route_kept", "quote_is_the_cap", "another_route"]
_KINDS: tuple[LineKind, ...] = get_args(LineKind)


class FareLine(View):
    """One line of a breakdown. Only `discount` is ever negative."""

    kind: LineKind
    amount_minor: AmountMinor


class FareBreakdown(View):
    """The lines of an amount, which sum to the total. It is the same for rider, driver and receipt.

    `version` is the version of this shape, because stored breakdowns outlive the code that wrote them.
    """

    version: Literal[1] = 1
    currency: Currency
    lines: tuple[FareLine, ...]
    total_minor: Annotated[int, Field(ge=0)]
    platform_funded_minor: Annotated[
        int,
        Field(
            ge=0, description="Part of the discount that the platform pays: the driver's share does not shrink by it"
        ),
    ] = 0

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if tuple(line.kind for line in self.lines) != _KINDS:
            raise ValueError("a breakdown has each line once, in order")
        if any((line.amount_minor > 0) if line.kind == "discount" else (line.amount_minor < 0) for line in self.lines):
            raise ValueError("a line has the wrong sign")
        if sum(line.amount_minor for line in self.lines) != self.total_minor:
            raise ValueError("the lines do not sum to the total")
        if self.platform_funded_minor > -self.amount("discount"):
            raise ValueError("the platform funds no more than the discount")
        return self

    @classmethod
    def of(cls, currency: str, amounts: dict[LineKind, int], platform_funded_minor: int = 0) -> Self:
        """The breakdown of these amounts; lines that are not named are zero."""
        return cls(
            currency=currency,
            lines=tuple(FareLine(kind=kind, amount_minor=amounts.get(kind, 0)) for kind in _KINDS),
            total_minor=sum(amounts.values()),
            platform_funded_minor=platform_funded_minor,
        )

    def amount(self, kind: LineKind) -> int:
        return next(line.amount_minor for line in self.lines if line.kind == kind)

    def limited_to(self, maximum_minor: int) -> FareBreakdown:
        """The same fare, with the excess over the maximum as a discount that the platform does not fund."""
        excess = max(0, self.total_minor - maximum_minor)
        amounts = {line.kind: line.amount_minor for line in self.lines}
        amounts["discount"] -= excess
        return FareBreakdown.of(self.currency, amounts, self.platform_funded_minor)


class Route(View):
    """A way from pickup to dropoff, planned or driven. `line` is an encoded polyline, if it is known."""

    distance_m: Annotated[int, Field(ge=0)]
    duration_s: Annotated[int, Field(ge=0)]
    line: str | None = None


class Driven(Route):
    """A driven way. `coverage` is the share of the ride that its positions account for; below 1 there is a hole."""

    coverage: Annotated[float, Field(ge=0, le=1)] = 1.0


class FareReasons(View):
    """The reasons for the price of a ride. `version` is the version of this shape.

    `rates_version` names the rates that it was calculated by: those of the quote.

    `path_not_known`: the driver's positions have a hole, so the quote is charged. `route_kept`: the fare of the driven
    path is charged, which is at most the quote. `quote_is_the_cap`: the driven path would cost more, so the quote is
    charged. `another_route`: the fare of the driven path is charged. `limited_to_hold`: the charge is limited to the
    held amount.
    """

    version: Literal[1] = 1
    because: Because
    quoted_minor: AmountMinor
    computed_minor: AmountMinor | None = None
    coverage: Annotated[
        float, Field(ge=0, le=1, description="Share of the ride that the driver's positions account for")
    ]
    driven_distance_m: int | None = None
    driven_duration_s: int | None = None
    limited_to_hold: bool = False
    rates_version: Annotated[str | None, Field(examples=["rates-3f9a1c2e"])] = None


class FinalFare(NamedTuple):
    """The price of a ride, with the reasons."""

    breakdown: FareBreakdown
    reasons: FareReasons


class Quote(View):
    """A promised price. `rate` is its rate card, and `rates_version` the name of that; the final fare uses the same.

    `cancellation_terms` are promised with it: what it costs to cancel the ride, and until when it is free.
    """

    id: UUID
    rider_id: UUID
    market: str
    zone: str
    product: ProductId
    needs: Needs = Needs()
    pickup: Point
    dropoff: Point
    distance_m: int
    duration_s: int
    line: str | None = None
    rate: RateCard
    rates_version: str
    cancellation_terms: FrozenCancellation
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
    """(base + distance x per km + time x per minute) x surge, at least the minimum, plus waiting, minus the discount.

    The line `base` includes the amount that lifts a short trip to the minimum. Waiting is charged after the free time,
    and without surge. Lines are calculated exactly; their sum is rounded half to even, and so is each line, as far as
    the lines then sum to it (`rounded_lines`). A discount never makes a fare negative.
    """
    distance = Fraction(rate.per_km_minor) * route.distance_m / 1000
    time = Fraction(rate.per_minute_minor) * route.duration_s / 60
    waiting = Fraction(rate.waiting_per_minute_minor) * max(0, waited_s - rate.waiting_free_s) / 60
    metered = rate.base_minor + distance + time
    surged = metered * (Fraction(surge) - 1)
    base = rate.base_minor + max(Fraction(0), rate.minimum_minor - metered - surged)
    exact: dict[LineKind, Fraction] = {
        "base": base, "distance": distance, "time": time, "waiting": waiting, "surge": surged
    }  # fmt: skip
    amounts = dict(zip(exact, rounded_lines(exact.values()), strict=True))
    return FareBreakdown.of(currency, amounts | {"discount": -min(discount_minor, sum(amounts.values()))})


def final_fare(quote: Quote, driven: Driven | None, waited_s: int) -> FinalFare:
    """The fare that is charged after the ride.

    | driven path              | computed fare    | charged            | because            |
    |--------------------------|------------------|--------------------|--------------------|
    | not known, or has a hole |                  | the quote          | `path_not_known`   |
    | route kept               | up to the quote  | the computed fare  | `route_kept`       |
    | route kept               | over the quote   | the quote          | `quote_is_the_cap` |
    | another route            |                  | the computed fare  | `another_route`    |

    A path with a hole is no evidence, so neither the driver nor the rider loses by a silent phone. On a kept route the
    quote caps everything, also minutes in a jam and at the pickup. There the quoted distance is charged if the driven
    one differs from it by no more than the error of measuring, so that noise makes no ride cheaper. A ride that ends
    early on its way kept the route, and costs what was driven; `route_kept` defines a kept route.
    """
    if driven is None or driven.coverage < 1:
        return FinalFare(quote.breakdown, _reasons("path_not_known", quote, driven, None))
    if not route_kept(quote, driven):
        computed = fare(quote.rate, quote.currency, driven, surge=quote.surge, waited_s=waited_s)
        return FinalFare(computed, _reasons("another_route", quote, driven, computed))
    as_driven = driven.model_copy(update={"distance_m": _distance_charged_m(quote.distance_m, driven.distance_m)})
    computed = fare(quote.rate, quote.currency, as_driven, surge=quote.surge, waited_s=waited_s)
    if computed.total_minor > quote.amount_minor:
        return FinalFare(quote.breakdown, _reasons("quote_is_the_cap", quote, driven, computed))
    return FinalFare(computed, _reasons("route_kept", quote, driven, computed))


def route_kept(quote: Quote, driven: Route) -> bool:
    """Whether the ride took the quoted way, to its end or part of it.

    | quote           | the route is kept if                                                                     |
    |-----------------|------------------------------------------------------------------------------------------|
    | with a line     | no place of the driven line is further from it than `route_kept_within_m` of the rates   |
    | without a line  | the driven distance plus the straight line from its end to the dropoff is at most the    |
    |                 | quoted distance, with the allowance of the rates                                         |

    Without a driven line the second row decides too.
    """
    from rideflow.kernel.polyline import decoded
    from rideflow.pricing.lines import stays_within

    rate, line = quote.rate, [] if driven.line is None else decoded(driven.line)
    if quote.line is not None and len(line) >= 2:
        return stays_within(line, decoded(quote.line), rate.route_kept_within_m)
    left_m = distance_m(line[-1], quote.dropoff) if line else 0.0
    allowed_m = max(quote.distance_m * float(rate.route_kept_factor), quote.distance_m + rate.route_kept_slack_m)
    return driven.distance_m + left_m <= allowed_m


def _distance_charged_m(quoted_m: int, driven_m: int) -> int:
    """The quoted distance, if the driven one differs by no more than the error of measuring (`locations/driven.py`)."""
    is_same = abs(driven_m - quoted_m) <= max(MEASURED_WITHIN_M, quoted_m * MEASURED_WITHIN)
    return quoted_m if is_same else driven_m


def _reasons(because: Because, quote: Quote, driven: Driven | None, computed: FareBreakdown | None) -> FareReasons:
    return FareReasons(
        because=because,
        quoted_minor=quote.amount_minor,
        computed_minor=None if computed is None else computed.total_minor,
        coverage=0.0 if driven is None else driven.coverage,
        driven_distance_m=None if driven is None else driven.distance_m,
        driven_duration_s=None if driven is None else driven.duration_s,
        rates_version=quote.rates_version,
    )


def cancellation_fee(currency: str, fee_minor: int) -> FareBreakdown:
    """The breakdown of a trip that was cancelled late: the fee and nothing else."""
    return FareBreakdown.of(currency, {"fees": fee_minor})

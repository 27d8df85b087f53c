"""What a ride requires of its driver besides the class of vehicle, and what a driver brings (DI3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, Self, get_args

from pydantic import BaseModel, ConfigDict, Field

from rideflow.kernel.geo import Point

Payment = Literal["credit", "debit", "prepaid"]
"""The kinds of card a ride is paid with."""

Unmet = Literal["wheelchair_accessible", "min_driver_rating", "payment"]

RATED_ENOUGH = 5
"""A driver's mean counts from this many ratings on; a driver with fewer meets every wanted rating."""


class Needs(BaseModel):
    """What the rider asks of the driver; what is left out is not asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    wheelchair_accessible: Annotated[bool, Field(description="A vehicle that takes a wheelchair")] = False
    min_driver_rating: Annotated[
        float | None,
        Field(ge=1, le=5, multiple_of=0.1, description="Mean stars, to one decimal. New drivers are not left out"),
    ] = None


class RideRequirements(NamedTuple):
    """What matching compares with drivers: the rider's needs, and how the ride is paid if that is known."""

    wheelchair_accessible: bool = False
    min_driver_rating: float | None = None
    payment: Payment | None = None


NO_REQUIREMENTS = RideRequirements()

_UPGRADES = "upgrades"

ARRIVED_WITHIN_M = 500.0
"""A driver so near to where they were heading is there."""


class Heading(NamedTuple):
    """Where a driver wants to end up, and by when (Unix seconds): then the mode is over."""

    to: Point
    until_s: float


@dataclass(frozen=True, slots=True)
class Traits:
    """What matching knows of a driver besides place and class. `rating` is None of a driver rated too seldom.

    `refuses` are kinds of payment; `takes_upgrades` says that the driver serves products of other classes too, as the
    market allows. `version` is that of the driver: old traits never replace newer ones.
    """

    version: int = 0
    wheelchair_accessible: bool = False
    rating: float | None = None
    refuses: tuple[Payment, ...] = ()
    heading: Heading | None = None
    takes_upgrades: bool = False

    @classmethod
    def known(
        cls,
        version: int,
        *,
        wheelchair_accessible: bool,
        rating: float | None,
        rating_count: int,
        refuses: tuple[Payment, ...] = (),
        takes_upgrades: bool = False,
        destination: Point | None = None,
        until: datetime | None = None,
    ) -> Self:
        """As PostgreSQL has the driver. The mean is rounded as riders ask for it."""
        judged = round(float(rating), 1) if rating is not None and rating_count >= RATED_ENOUGH else None
        heading = None if destination is None or until is None else Heading(destination, until.timestamp())
        return cls(version, wheelchair_accessible, judged, tuple(refuses), heading, takes_upgrades)

    @property
    def restrict(self) -> bool:
        """Whether the driver does not take whatever comes."""
        return bool(self.refuses) or self.heading is not None

    def entry(self) -> str:
        """One line of Redis: version, accessible, rating, the driver's wishes, and the heading (lat, lng, until).

        The wishes are the refused payments, and `upgrades` of a driver who takes them.
        """
        wishes = ",".join((*self.refuses, _UPGRADES) if self.takes_upgrades else self.refuses)
        rating = "" if self.rating is None else f"{self.rating:.1f}"
        heading = "" if self.heading is None else f"{self.heading.to.lat},{self.heading.to.lng},{self.heading.until_s}"
        return f"{self.version}|{int(self.wheelchair_accessible)}|{rating}|{wishes}|{heading}"

    @classmethod
    def of_entry(cls, entry: str) -> Traits:
        """The inverse of `entry`; of a driver without one nothing special is known."""
        if not entry:
            return PLAIN
        version, accessible, rating, wishes, heading = entry.split("|")
        wished = wishes.split(",") if wishes else []
        lat, lng, until_s = map(float, heading.split(",")) if heading else (0.0, 0.0, 0.0)
        return Traits(
            int(version),
            accessible == "1",
            float(rating) if rating else None,
            tuple(each for each in wished if each != _UPGRADES),  # type: ignore[misc]
            Heading(Point(lat=lat, lng=lng), until_s) if heading else None,
            _UPGRADES in wished,
        )


PLAIN = Traits()


def refused(accepted: Collection[str]) -> tuple[Payment, ...]:
    """The kinds of payment that are not accepted."""
    return tuple(payment for payment in get_args(Payment) if payment not in accepted)


def unmet(requirements: RideRequirements, traits: Traits) -> Unmet | None:
    """The first requirement that the driver does not meet.

    | the ride asks for | and the driver                          | unmet                 |
    |-------------------|-----------------------------------------|-----------------------|
    | a wheelchair      | has no vehicle that takes one           | wheelchair_accessible |
    | a rating          | is rated lower, by five riders or more  | min_driver_rating     |
    | (is paid by) card | refuses cards of that kind              | payment               |
    """
    if requirements.wheelchair_accessible and not traits.wheelchair_accessible:
        return "wheelchair_accessible"
    rating = requirements.min_driver_rating
    if rating is not None and traits.rating is not None and traits.rating < rating:
        return "min_driver_rating"
    if requirements.payment is not None and requirements.payment in traits.refuses:
        return "payment"
    return None

"""Requirements of a ride on its driver besides the vehicle class, and the traits of a driver."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, Self, get_args

from pydantic import BaseModel, ConfigDict, Field

from rideflow.kernel.geo import Point

Payment = Literal["credit", "debit", "prepaid"]
"""The kinds of card by which a ride may be paid."""

Unmet = Literal["wheelchair_accessible", "min_driver_rating", "payment"]

RATED_ENOUGH = 5
"""The number of ratings from which a driver's mean counts. A driver with fewer meets every required rating."""


class Needs(BaseModel):
    """Requirements of the rider on the driver. A member that is left out is no requirement."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    wheelchair_accessible: Annotated[bool, Field(description="A vehicle that takes a wheelchair")] = False
    min_driver_rating: Annotated[
        float | None,
        Field(ge=1, le=5, multiple_of=0.1, description="Mean stars, to one decimal. New drivers are not left out"),
    ] = None


class RideRequirements(NamedTuple):
    """The requirements that matching checks: the rider's needs, and the kind of card if it is known."""

    wheelchair_accessible: bool = False
    min_driver_rating: float | None = None
    payment: Payment | None = None


NO_REQUIREMENTS = RideRequirements()

_UPGRADES = "upgrades"

ARRIVED_WITHIN_M = 500.0
"""A driver within this distance of their destination has reached it."""


class Heading(NamedTuple):
    """A driver's destination, and the time by which they want to reach it (Unix seconds), when the mode ends."""

    to: Point
    until_s: float


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits of a driver that matching reads besides place and class. `rating` is None for too few ratings.

    `refuses` are kinds of payment. `takes_upgrades`: the driver also serves products of other classes, as far as the
    market allows. `version` is the driver's: old traits never replace newer ones.
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
        """The traits of a driver's row in PostgreSQL. The mean is rounded to one decimal, as riders require it."""
        judged = round(float(rating), 1) if rating is not None and rating_count >= RATED_ENOUGH else None
        heading = None if destination is None or until is None else Heading(destination, until.timestamp())
        return cls(version, wheelchair_accessible, judged, tuple(refuses), heading, takes_upgrades)

    @property
    def restrict(self) -> bool:
        """Whether the driver accepts only some rides."""
        return bool(self.refuses) or self.heading is not None

    def entry(self) -> str:
        """The traits as Redis stores them: version, accessible, rating, wishes, and heading (lat, lng, until).

        The wishes are the refused payments, and `upgrades` if the driver takes upgrades.
        """
        wishes = ",".join((*self.refuses, _UPGRADES) if self.takes_upgrades else self.refuses)
        rating = "" if self.rating is None else f"{self.rating:.1f}"
        heading = "" if self.heading is None else f"{self.heading.to.lat},{self.heading.to.lng},{self.heading.until_s}"
        return f"{self.version}|{int(self.wheelchair_accessible)}|{rating}|{wishes}|{heading}"

    @classmethod
    def of_entry(cls, entry: str) -> Traits:
        """The inverse of `entry`. A driver without an entry has no special traits."""
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

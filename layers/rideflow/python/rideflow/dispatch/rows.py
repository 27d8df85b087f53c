"""What dispatch's statements answer, as its values, and the values that they are handed as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from rideflow.dispatch.model import (
    Assignment,
    EndedOffer,
    MadeOffer,
    Promise,
    Strategy,
    WaitingRequest,
    WaitingTrip,
)
from rideflow.dispatch.refusals import LostOffer
from rideflow.kernel.geo import Point
from rideflow.kernel.model import stored
from rideflow.kernel.money import Money
from rideflow.kernel.postgres import Row
from rideflow.kernel.ride_requirements import RideRequirements
from rideflow.kernel.vehicles import Vehicle
from rideflow.matching.world import Proposal
from rideflow.realtime.sync import PromisedTrip
from rideflow.supply.model import PlacedDriver


def _point(row: Row, end: str) -> Point:
    return Point(lat=row[f"{end}_lat"], lng=row[f"{end}_lng"])


def requirements_of(needs: Row) -> RideRequirements:
    """From the column `needs` of `match_requests`."""
    return RideRequirements(**needs)


def strategy_of(row: Row) -> Strategy:
    """The strategy of a zone's row in `zone_strategies`; the default if the zone has none there."""
    if row.get("strategy") is None:
        return Strategy()
    return Strategy(row["strategy"], row["offers_per_trip"], row["offers_per_driver"], row["forward_s"])


def placed_drivers(drivers: Sequence[Row]) -> list[PlacedDriver]:
    return [PlacedDriver(UUID(driver["driver_id"]), driver["zone"]) for driver in drivers]


def proposed(
    proposals: Sequence[Proposal[UUID, UUID]], found_in: Mapping[UUID, str], zone: str
) -> list[dict[str, str | int | None]]:
    """Proposals as `make_offers` reads them, the best first; `found_in` tells of drivers in other zones than `zone`."""
    return [
        {
            "trip_id": str(proposal.trip_id),
            "driver_id": str(proposal.driver_id),
            "driver_zone": found_in.get(proposal.driver_id, zone),
            "pickup_distance_m": round(proposal.pickup_distance_m),
            "pickup_eta_s": round(proposal.pickup_eta_s),
            "free_in_s": None if proposal.free_in_s is None else round(proposal.free_in_s),
            "rank": rank,
        }
        for rank, proposal in enumerate(proposals)
    ]


def ended_offer(row: Row) -> EndedOffer:
    return EndedOffer(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        driver=PlacedDriver(row["driver_id"], row["driver_zone"]),
        zone=row["zone"],
        pickup=_point(row, "pickup"),
        was_promised=row["was_promised"],
    )


def waiting_request(row: Row) -> WaitingRequest:
    return WaitingRequest(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        product=row["product"],
        pickup=_point(row, "pickup"),
        opened_at=row["opened_at"],
        quoted_duration=timedelta(seconds=row["quoted_duration_s"]),
        asked=frozenset(row["driver_ids"]),
        live_offers=row["live"],
        next_end=row["next_end"],
        requirements=requirements_of(row["needs"]),
        dropoff=_point(row, "dropoff"),
    )


def made_offer(row: Row) -> MadeOffer:
    return MadeOffer(
        trip_id=row["trip_id"],
        driver_id=row["driver_id"],
        driver_zone=row["driver_zone"],
        product=row["product"],
        pickup=_point(row, "pickup"),
        dropoff=_point(row, "dropoff"),
        fare=Money(amount_minor=row["fare_amount_minor"], currency=row["currency"]),
        scheduled_for=row["scheduled_for"],
        pickup_distance_m=row["pickup_distance_m"],
        pickup_eta_s=row["pickup_eta_s"],
        expires_at=row["expires_at"],
        reserved_until=row["reserved_until"],
        after_trip_id=row["after_trip_id"],
        wheelchair=row["wheelchair"],
    )


def assignment(row: Row, at: datetime) -> Assignment:
    return Assignment(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        driver_id=row["driver_id"],
        state=row["state"],
        version=row["version"],
        market=row["market"],
        zone=row["zone"],
        driver_zone=row["driver_zone"],
        vehicle=stored(Vehicle, row["vehicle"]),
        driver_name=row["driver_name"],
        driver_rating=row["driver_rating"],
        pickup=_point(row, "pickup"),
        at=at,
        other_drivers=placed_drivers(row["other_drivers"]),
        other_zones=row["other_zones"],
        broken_promises=[
            WaitingTrip(UUID(broken["trip_id"]), UUID(broken["rider_id"])) for broken in row["broken_promises"]
        ],
    )


def promise(row: Row) -> Promise:
    return Promise(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        driver_id=row["driver_id"],
        zone=row["zone"],
        driver_zone=row["driver_zone"],
        after_trip_id=row["after_trip_id"],
        pickup_at=row["pickup_at"],
        until=row["promised_until"],
        is_new=row["was"] == "open",
        other_drivers=placed_drivers(row["other_drivers"]),
        other_zones=row["other_zones"],
    )


def promised_trip(row: Row) -> PromisedTrip:
    return PromisedTrip(
        trip_id=row["trip_id"],
        after_trip=row["after_trip"],
        pickup=_point(row, "pickup"),
        dropoff=_point(row, "dropoff"),
        pickup_at=row["pickup_at"],
        until=row["until"],
    )


def lost_offer(row: Row, trip_id: UUID) -> LostOffer:
    active = None if row["active_trip_id"] == row["after_trip_id"] else row["active_trip_id"]
    return LostOffer(
        state=row["state"],
        is_over=row["is_over"],
        outcome=row["outcome"],
        trip_state=row["trip_state"],
        drives_this_trip=active == trip_id,
        drives_another=active is not None and active != trip_id,
        promised_another=row["promised_another"],
        is_online=row["is_online"],
    )

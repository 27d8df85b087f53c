"""Accepting an offer, and the code of a refusal."""

from typing import Any
from uuid import UUID

from rideflow.kernel.errors import DomainError
from tests.adapters.dispatch.zone import Zone


def accept(zone: Zone, driver: UUID, trip: UUID) -> Any:
    """None when the driver has the trip, else the code of the refusal."""
    try:
        zone.here.offer_responses.accept(driver, trip)
    except DomainError as refused:
        return refused.code
    return None


def offered_one(zone: Zone) -> tuple[UUID, UUID]:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    return driver, trip

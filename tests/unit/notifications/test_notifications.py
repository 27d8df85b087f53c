from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.frames import Frame
from rideflow.notifications.service import Notifications, TripChanged
from rideflow.realtime.frames import DriverCard, TripUpdated

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
RIDER_ID, DRIVER_ID = uuid4(), uuid4()
VEHICLE = {"plate": "8ABC123", "make": "Toyota", "model": "Prius", "colour": "silver"}


class PushedFrames:
    """A pusher that keeps what it was given."""

    def __init__(self) -> None:
        self.pushed: list[tuple[UUID, TripUpdated, UUID, datetime]] = []

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002 - the wire names it
        assert isinstance(frame, TripUpdated)
        self.pushed.append((person_id, frame, id, at))
        return 1


class OneDriver:
    """Knows one driver."""

    def find(self, driver_id: UUID) -> DriverCard | None:
        if driver_id != DRIVER_ID:
            return None
        return DriverCard(id=driver_id, name="Grace", rating=4.9, vehicle={"plate": "OLD"})


@pytest.fixture
def pusher() -> PushedFrames:
    return PushedFrames()


@pytest.fixture
def notifications(pusher: PushedFrames) -> Notifications:
    return Notifications(pusher, OneDriver())


def changed(kind: str, **changes: Any) -> TripChanged:
    event = {
        "id": uuid4(),
        "type": kind,
        "at": NOW,
        "trip_id": uuid4(),
        "rider_id": RIDER_ID,
        "driver_id": DRIVER_ID,
        "state": "driver_assigned",
        "version": 3,
        "zone": "sf-north",
        "city": "san_francisco",
    }
    return TripChanged.model_validate(event | changes)


def test_rider_and_driver_are_told_under_the_events_id(notifications: Notifications, pusher: PushedFrames) -> None:
    event = changed("DriverArrived", state="driver_arrived", version=4)

    notifications.trip_changed(event)

    assert [person_id for person_id, *_ in pusher.pushed] == [RIDER_ID, DRIVER_ID]
    assert {(frame_id, at) for _, _, frame_id, at in pusher.pushed} == {(event.id, NOW)}
    _, frame, _, _ = pusher.pushed[0]
    assert (frame.trip_id, frame.event, frame.state, frame.version) == (
        event.trip_id,
        "DriverArrived",
        "driver_arrived",
        4,
    )


def test_before_a_driver_is_found_the_rider_alone_is_told(notifications: Notifications, pusher: PushedFrames) -> None:
    notifications.trip_changed(changed("TripMatching", driver_id=None, state="matching", version=2))

    assert [person_id for person_id, *_ in pusher.pushed] == [RIDER_ID]


def test_the_rider_is_told_who_comes_in_which_vehicle(notifications: Notifications, pusher: PushedFrames) -> None:
    notifications.trip_changed(changed("DriverAssigned", vehicle=VEHICLE))

    _, frame, _, _ = pusher.pushed[0]
    assert frame.driver == DriverCard(id=DRIVER_ID, name="Grace", rating=4.9, vehicle=VEHICLE)


def test_a_driver_whose_name_is_not_known_is_still_announced(
    notifications: Notifications, pusher: PushedFrames
) -> None:
    stranger = uuid4()

    notifications.trip_changed(changed("DriverAssigned", driver_id=stranger, vehicle=VEHICLE))

    _, frame, _, _ = pusher.pushed[0]
    assert frame.driver == DriverCard(id=stranger, name=None, rating=None, vehicle=VEHICLE)


def test_a_cancellation_is_told_with_its_fee(notifications: Notifications, pusher: PushedFrames) -> None:
    fee = {"cancelled_by": "rider", "reason": "too slow", "fee_minor": 500, "currency": "USD"}

    notifications.trip_changed(changed("TripCancelled", state="cancelled", **fee))

    _, frame, _, _ = pusher.pushed[1]
    assert frame.model_dump(include=set(fee)) == fee
